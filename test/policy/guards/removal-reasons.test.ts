import { describe, expect, test } from 'vitest';
import type { HostView } from '../../../src/directory/host-view.ts';
import { joinKeyLines } from '../../../src/directory/key-lines.ts';
import type { Rejection, RejectionCode } from '../../../src/directory/rejection.ts';
import { planSync } from '../../../src/policy/plan.ts';
import { explainRemovals } from '../../../src/policy/guards/removal-reasons.ts';
import { login } from '../../directory/valid.ts';
import { hostView, passwdEntry } from '../sample-views.ts';

const alice = login('alice');
const names = new Set([alice]);
const keys = new Map([[alice, joinKeyLines(['key'])]]);
const shown = hostView({ passwd: [passwdEntry('alice', 2001)], keys });
const kept = { passwd: shown.passwd };

function withheld(map: Rejection['map'], code: RejectionCode): Pick<HostView, 'rejections'> {
  return { rejections: [{ verdict: 'quarantined', source: 'corp', map, key: 'alice', code, reason: 'so it is' }] };
}

function reasonsOf(after: Partial<HostView>, hidden = false): Readonly<Record<string, string>> {
  const view = hostView(after);
  const { passwd, keys: ofKeys } = explainRemovals(planSync(shown, view), view, { hidden });
  return {
    ...(passwd.size === 0 ? {} : { passwd: passwd.get('alice') ?? '' }),
    ...(ofKeys.size === 0 ? {} : { keys: ofKeys.get('alice') ?? '' }),
  };
}

describe('explainRemovals', () => {
  const gone = 'gone from the directory';

  test.each<readonly [string, Partial<HostView>, Readonly<Record<string, string>>]>([
    ['nobody who stays', { ...kept, keys }, {}],
    ['who has left', {}, { passwd: gone, keys: gone }],
    [
      'who is quarantined',
      withheld('passwd', 'shell-invalid'),
      { passwd: 'withheld (shell-invalid): so it is', keys: 'withheld (shell-invalid): so it is' },
    ],
    [
      'whose uid waits for an approval',
      withheld('passwd', 'uid-changed'),
      {
        passwd: 'withheld (uid-changed): so it is; when it is meant: holdfast approve uid alice',
        keys: 'withheld (uid-changed): so it is; when it is meant: holdfast approve uid alice',
      },
    ],
    ['who is denied', { ...kept, refused: names }, { keys: 'refused by a deny rule' }],
    [
      'whose account is locked',
      { ...kept, refused: names, refusedBySource: new Map([[alice, 'corp']]), ...withheld('keys', 'account-locked') },
      { keys: 'withheld (account-locked): so it is' },
    ],
    [
      'whose source is silent',
      { ...kept, staleDenied: new Map([[alice, 'corp']]) },
      { keys: 'source "corp" has been silent for too long' },
    ],
    ['whose keys are revoked', { ...kept, keysWithheld: names }, { keys: 'all of its keys are revoked or too old' }],
    ['who has lost access', kept, { keys: 'no access rule lets it in any more' }],
    ['whose keys are gone', { ...kept, entitled: names }, { keys: 'no key of it is left in the directory' }],
  ])('explains %s', (_what, after, reasons) => {
    expect(reasonsOf(after)).toEqual(reasons);
  });

  test('does not take somebody who is hidden for somebody who has left', () => {
    expect(reasonsOf({}, true)['passwd']).toBe('gone from the directory, or without access here (hidden = true)');
    expect(reasonsOf({ refused: names }, true)['passwd']).toBe('refused by a deny rule');
  });
});
