import { describe, expect, test } from 'vitest';
import type { HostView } from '../../../src/directory/host-view.ts';
import { blobOf } from '../../../src/directory/key-blobs.ts';
import type { DirectoryUser } from '../../../src/directory/snapshot.ts';
import { dayOf } from '../../../src/directory/day.ts';
import { type AgedKeys, youngSince } from '../../../src/policy/keys/key-age.ts';
import { applyPolicy } from '../../../src/policy/policy.ts';
import { access, fingerprint, group, host, localAccounts, keyOf, labelsOf, people, person, policy, snapshot } from '../sample-directory.ts';

const printOf = (label: string): string => fingerprint(blobOf(keyOf(label)));
/** Everybody's primary group. */
const staff = group('staff', { gid: 3001 });
const withDeploy = localAccounts({ deploy: 900 });
const shared = access({ everyone: true, accounts: { deploy: people({ users: ['alice', 'bob'] }) } });

function keysOf(view: HostView): Record<string, readonly string[]> {
  return Object.fromEntries(labelsOf(view));
}

function findings({ rejections }: HostView): string[] {
  return rejections.map(({ verdict, key, code, reason }) => `${verdict} ${key} ${code}: ${reason}`);
}

function viewRevoking(users: readonly DirectoryUser[], ...labels: readonly string[]): HostView {
  const keys = { ...policy().keys, allowedOptions: new Set(['no-pty']), revoked: new Set(labels.map(printOf)) };
  return applyPolicy([snapshot(users, [staff])], policy({ keys, access: shared }), host(withDeploy));
}

describe('a revoked key', () => {
  const alice = person('alice', { uid: 2001, keys: [keyOf('A'), keyOf('B')] });
  const bob = person('bob', { uid: 2002, keys: [keyOf('C')] });

  test('is withheld from its owner and from the accounts that share it, and the others stay', () => {
    const shown = viewRevoking([alice, bob], 'A');
    expect(keysOf(shown)).toEqual({ alice: ['B'], bob: ['C'], deploy: ['B', 'C'] });
    expect(findings(shown)).toEqual([`quarantined alice key-revoked: ${printOf('A')} is in the list of [policy.keys] revoked`]);
    expect([...shown.keysWithheld]).toEqual(['alice', 'deploy']);
  });

  test('is withheld whatever options and comment it carries, and from everybody who has it', () => {
    const users = [
      person('alice', { uid: 2001, keys: [keyOf('A', { options: 'no-pty' }), keyOf('A', { comment: 'new' })] }),
      person('bob', { uid: 2002, keys: [keyOf('A')] }),
    ];
    const shown = viewRevoking(users, 'A');
    expect(keysOf(shown)).toEqual({});
    expect(shown.rejections.filter(({ code }) => code === 'key-revoked').map(({ key }) => key)).toEqual(['alice', 'alice', 'bob']);
  });

  test('that nobody has changes nothing', () => {
    const shown = viewRevoking([alice, bob], 'Z');
    expect(keysOf(shown)).toEqual({ alice: ['A', 'B'], bob: ['C'], deploy: ['A', 'B', 'C'] });
    expect(findings(shown)).toEqual([]);
    expect([...shown.keysWithheld]).toEqual([]);
  });
});

describe('the age of a key', () => {
  const alice = person('alice', { uid: 2001, keys: [keyOf('A'), keyOf('B')] });
  const bob = person('bob', { uid: 2002, keys: [keyOf('C')] });

  /** With a max_age of 90 days, on the day `today` after 2026-01-01, on which all keys but these were first seen. */
  function view(today: number, labels: Readonly<Record<string, number>>): HostView {
    const start = dayOf(Date.UTC(2026, 0, 1));
    const aged = (user: DirectoryUser): ReadonlyMap<string, number> | undefined => {
      const owned = Object.entries(labels)
        .filter(([label]) => user.keys.includes(blobOf(keyOf(label))))
        .map(([label, day]): [string, number] => [blobOf(keyOf(label)), start + day])
        .filter(([, day]) => day < youngSince(start + today, 90));
      return owned.length === 0 ? undefined : new Map(owned);
    };
    const agedKeys: AgedKeys = { today: start + today, maxAgeDays: 90, of: aged };
    return applyPolicy([snapshot([alice, bob], [staff])], policy({ access: shared }), { ...host(withDeploy), agedKeys });
  }

  test.each([0, 1, 75])('is not spoken of on day %i of 90', (today) => {
    const shown = view(today, { A: 0 });
    expect(keysOf(shown)).toEqual({ alice: ['A', 'B'], bob: ['C'], deploy: ['A', 'B', 'C'] });
    expect(findings(shown)).toEqual([]);
  });

  test.each([76, 80, 89])('is warned of on day %i of 90, once, and the key is good', (today) => {
    const shown = view(today, { A: 0 });
    expect(keysOf(shown)).toEqual({ alice: ['A', 'B'], bob: ['C'], deploy: ['A', 'B', 'C'] });
    expect(findings(shown)).toEqual([
      `adjusted alice key-ageing: ${printOf('A')} was first seen on 2026-01-01, and [policy.keys] max_age is "90d": it is good until 2026-04-01, wanted by then: a new one`,
    ]);
    expect([...shown.keysWithheld]).toEqual([]);
  });

  test.each([90, 91, 1000])('withholds a key on day %i of 90', (today) => {
    const shown = view(today, { A: 0, C: 0 });
    expect(keysOf(shown)).toEqual({ alice: ['B'], deploy: ['B'] });
    expect(findings(shown)).toEqual([
      `quarantined alice key-too-old: ${printOf('A')} was first seen on 2026-01-01, and [policy.keys] max_age is "90d": it was good until 2026-04-01`,
      `quarantined bob key-too-old: ${printOf('C')} was first seen on 2026-01-01, and [policy.keys] max_age is "90d": it was good until 2026-04-01`,
    ]);
    expect([...shown.keysWithheld]).toEqual(['alice', 'bob', 'deploy']);
  });

  test('of a day to come, as a clock that went back sees it, is none', () => {
    expect(findings(view(0, { A: 400 }))).toEqual([]);
  });
});
