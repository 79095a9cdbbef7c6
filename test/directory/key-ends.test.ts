import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExpiryTimes } from '../../src/directory/expiry-time.ts';
import { endsEarlier, lastEndOf } from '../../src/directory/key-ends.ts';
import { joinKeyLines, packKeys } from '../../src/directory/key-lines.ts';
import { keyOf } from '../policy/sample-directory.ts';

function endOf(...options: readonly string[]): string | undefined {
  return lastEndOf(packKeys(options.map((one, index) => keyOf(`K${index}`, { options: one }))));
}

describe('lastEndOf', () => {
  test.each<[string, readonly string[], string | undefined]>([
    ['a key in UTC', ['expiry-time="20300101000000Z"'], '20300101000000'],
    ['a key in local time', ['expiry-time="20300101000000"'], '20300101000000'],
    ['a key that ends with a day', ['expiry-time="20300101"'], '20300101000000'],
    ['a key with other options before', ['no-pty,expiry-time="203001011200"'], '20300101120000'],
    ['a key with several ends, of which the first counts', ['expiry-time="20310101",expiry-time="20300101"'], '20300101000000'],
    ['a key with an end that nobody can read, which sshd refuses', ['expiry-time="soon"'], '00000000000000'],
    ['two keys, of which the last counts', ['expiry-time="20300101"', 'expiry-time="20310101"'], '20310101000000'],
    ['two keys, one without an end', ['expiry-time="20300101"', ''], undefined],
    ['a key without an end', [''], undefined],
    ['nobody', [], undefined],
  ])('has that of %s', (_whose, options, end) => {
    expect(endOf(...options)).toBe(end);
  });

  test('takes no comment and no command for an end', () => {
    const comment = packKeys([keyOf('A', { comment: 'expiry-time=2030' })]);
    expect(lastEndOf(comment)).toBeUndefined();
    expect(endOf('command="echo expiry-time=20200101"')).toBeUndefined();
    const both = packKeys([keyOf('A', { comment: 'expiry-time=2020', options: 'expiry-time="20300101"' })]);
    expect(lastEndOf(both)).toBe('20300101000000');
  });

  test('reads what is put into a line', () => {
    const times = new ExpiryTimes({ readsUtc: true, timeZone: 'UTC' });
    const moments = fc.integer({ min: Date.UTC(1971, 0), max: Date.UTC(2999, 0) });
    fc.assert(
      fc.property(moments, moments, (one, other) => {
        const ends = [one, other].map((at) => lastEndOf(joinKeyLines([`${times.option(at)} ssh-ed25519 A`])));
        expect(endsEarlier(ends[0], ends[1])).toBe(Math.floor(one / 1000) < Math.floor(other / 1000));
      }),
    );
  });
});

test.each<[string | undefined, string | undefined, boolean]>([
  ['2030', undefined, true],
  ['2030', '2031', true],
  ['2030', '2030', false],
  ['2031', '2030', false],
  [undefined, '2030', false],
  [undefined, undefined, false],
])('an end of %s after one of %s is earlier: %s', (after, before, isEarlier) => {
  expect(endsEarlier(after, before)).toBe(isEarlier);
});
