import { describe, expect, test } from 'vitest';
import type { HostView } from '../../../src/directory/host-view.ts';
import { joinKeyLines } from '../../../src/directory/key-lines.ts';
import { lettingIn, type RecordedFacts, reduceRecorded } from '../../../src/policy/guards/recorded.ts';
import { groupName, login } from '../../directory/valid.ts';
import { access, people, policy } from '../sample-directory.ts';
import { hostView } from '../sample-views.ts';

const shown = hostView({
  keys: new Map(
    ['alice', 'bob', 'carol', 'deploy'].map((name) => [login(name), joinKeyLines([`ssh-ed25519 ${name === 'deploy' ? 'dave' : name}`])]),
  ),
  accessGroups: new Map([
    [groupName('web'), ['alice', 'bob'].map(login)],
    [groupName('sre'), ['carol'].map(login)],
    [groupName('left'), ['bob'].map(login)],
    [groupName('deployers'), ['dave'].map(login)],
  ]),
  accountKeys: [{ account: login('deploy'), person: login('dave'), fingerprints: ['#dave'] }],
});
const facts: RecordedFacts = {
  isOut: () => false,
  sourceOf: (name) => (name === 'alice' ? 'corp' : undefined),
  fingerprint: (blob) => `#${blob}`,
};
const accounts = { deploy: people({ groups: ['deployers'] }) };
const everyone = access({ everyone: true, accounts });

function loginsOf({ keys }: HostView): string {
  return [...keys.keys()].join(' ');
}

describe('reduceRecorded', () => {
  test.each([
    ['lets everybody in', everyone, {}, 'alice bob carol deploy'],
    ['lets in members as they were recorded', access({ allow: people({ groups: ['web'] }), accounts }), {}, 'alice bob deploy'],
    [
      'lets in nobody by a group that is not recorded',
      access({ allow: people({ groups: ['db'], users: ['carol'] }), accounts }),
      {},
      'carol deploy',
    ],
    ['denies by name', access({ everyone: true, accounts, deny: people({ users: ['alice', 'dave'] }) }), {}, 'bob carol'],
    [
      'denies by group as it was recorded',
      access({ everyone: true, accounts, deny: people({ groups: ['left'] }) }),
      {},
      'alice carol deploy',
    ],
    [
      'denies nobody by a group that is not recorded',
      access({ everyone: true, accounts, deny: people({ groups: ['db'] }) }),
      {},
      'alice bob carol deploy',
    ],
    [
      'keeps out of an account who may not share it any more',
      access({ everyone: true, accounts: { deploy: people({ users: ['alice'] }) } }),
      {},
      'alice bob carol',
    ],
    ['keeps out who is known to be out', everyone, { isOut: (name: string) => ['alice', 'dave'].includes(name) }, 'bob carol'],
  ])('%s', (_name, rules, known, logins) => {
    expect(loginsOf(reduceRecorded(shown, policy({ access: rules }), { ...facts, ...known }))).toBe(logins);
  });

  test('leaves keys to access.always alone of a source that is stale, and of whom it is not known whose they are', () => {
    const rules = access({ everyone: true, accounts, always: people({ groups: ['sre'] }) });
    const stale = (...names: readonly string[]): HostView =>
      reduceRecorded(shown, { ...policy({ access: rules }), staleSources: new Set(names) }, facts);
    expect(loginsOf(stale('corp'))).toBe('carol');
    expect([...stale('corp').staleDenied.keys()]).toEqual(['alice', 'bob', 'deploy']);
    expect(loginsOf(stale('other'))).toBe('alice carol');
  });

  test('takes revoked keys', () => {
    const rules = policy({ access: everyone });
    const revoked = { ...rules, keys: { ...rules.keys, revoked: new Set(['#bob', '#dave']) } };
    expect(loginsOf(reduceRecorded(shown, revoked, facts))).toBe('alice carol');
  });

  test('says who is refused', () => {
    const rules = access({ everyone: true, deny: people({ groups: ['left'] }) });
    const view = reduceRecorded(shown, policy({ access: rules }), { ...facts, isOut: (name) => name === 'alice' });
    expect([...view.refused].sort()).toEqual(['alice', 'bob']);
  });
});

describe('lettingIn', () => {
  test('lets in everybody who is not denied', () => {
    const rules = access({ allow: people({ groups: ['db'] }), accounts, deny: people({ users: ['alice'] }) });
    expect(loginsOf(reduceRecorded(shown, lettingIn(policy({ access: rules })), facts))).toBe('bob carol deploy');
  });
});
