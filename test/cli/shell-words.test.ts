import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellWord } from '../../src/cli/shell-words.ts';

test.each([
  ['/home/alice', '/home/alice'],
  ['/home/a b', "'/home/a b'"],
  ["o'brien", String.raw`'o'\''brien'`],
  ['$(reboot)', "'$(reboot)'"],
  ['', "''"],
  ['a\u001b[2Jb', String.raw`$'a\x1b[2Jb'`],
  ['é', String.raw`$'\xc3\xa9'`],
])('%j is written %s', (word, expected) => {
  expect(shellWord(word)).toBe(expected);
});

test('bash reads any bytes back as they were, and a terminal has nothing to obey', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 40, min: 1 });
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 1, maxLength: 50 }), (words) => {
      const written = words.map((word) => shellWord(Buffer.from(word)));
      for (const one of written) expect(one).toMatch(/^[\x20-\x7e]+$/);
      const read = execFileSync('bash', ['-c', `printf '%s\\0' ${written.join(' ')}`]);
      expect(read).toEqual(Buffer.concat(words.flatMap((word) => [Buffer.from(word), Buffer.from([0])])));
    }),
    { numRuns: 30 },
  );
});
