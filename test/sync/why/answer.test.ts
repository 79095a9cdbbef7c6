import { describe, expect, test } from 'vitest';
import type { Rejection } from '../../../src/directory/rejection.ts';
import type { LoginFacts } from '../../../src/sync/login-facts.ts';
import { type Answer, answer } from '../../../src/sync/why/answer.ts';
import type { KeyReport } from '../../../src/sync/why/keys.ts';
import { gid, groupName, login, path, uid } from '../../directory/valid.ts';

const alice = login('alice');
const web = groupName('web');
const entry = { source: 'corp', dn: 'uid=alice', id: 'id-of-alice', name: alice, uid: 2001, gid: 3001 };
const passwd = { name: alice, uid: uid(2001), gid: gid(3001), gecos: '', home: path('/home/alice'), shell: path('/bin/bash') };
const given: KeyReport = {
  fingerprint: 'SHA256:a',
  type: 'ssh-ed25519',
  bits: 256,
  comment: '',
  options: '',
  verdict: 'given',
  served: true,
  usable: true,
};
const unserved = { ...given, served: false, usable: false };

/** alice, whom the group web lets in, with a key that is served. */
const facts: LoginFacts = {
  login: 'alice',
  sources: [{ name: 'corp', fetchedAt: '2026-01-01T00:00:00Z' }],
  entry,
  rivals: [],
  shown: passwd,
  findings: [],
  access: { decision: { granted: true, rule: 'allow', group: web }, admitting: ['web'], unknown: [] },
  accountDenied: false,
  keys: [given],
  keyFindings: [],
  sharedAccounts: [],
  served: { generation: 1, passwd, keys: [] },
  differences: [],
  similar: [],
  holdings: [],
  contested: [],
  isGroup: false,
};
const { shown: _shown, ...unshown } = facts;
const { entry: _entry, access: _access, ...nobody } = unshown;
const unserving = { served: { generation: 1, keys: [] }, keys: [] };
const shared = { ...nobody, sharers: [{ name: alice, denied: false }] };

function finding(changes: Partial<Rejection>): Rejection {
  return { verdict: 'quarantined', source: 'corp', map: 'passwd', key: 'alice', code: 'home-missing', reason: 'has no home', ...changes };
}

function decision(granted: LoginFacts['access']): Pick<LoginFacts, 'access'> {
  return granted === undefined ? {} : { access: granted };
}

describe('somebody can log in', () => {
  test.each<[string, LoginFacts, string]>([
    ['by group', facts, 'allowed by group web, 1 key'],
    [
      'by name',
      { ...facts, ...decision({ decision: { granted: true, rule: 'allow' }, admitting: [], unknown: [] }) },
      'allowed by name, 1 key',
    ],
    [
      'always',
      { ...facts, ...decision({ decision: { granted: true, rule: 'always', group: web }, admitting: [], unknown: [] }) },
      'always allowed by group web, 1 key',
    ],
    [
      'as everyone',
      { ...facts, ...decision({ decision: { granted: true, rule: 'everyone' }, admitting: [], unknown: [] }) },
      'allowed, as everyone is, 1 key',
    ],
    ['into a shared account of the host', { ...shared, localUid: 998 }, 'shared account of 1 person, 1 key'],
    ['into a shared account of the directory', { ...shared, shown: passwd }, 'shared account of 1 person, 1 key'],
    [
      'until the next sync',
      {
        ...facts,
        ...decision({ decision: { granted: false, rule: 'deny' }, admitting: [], unknown: [] }),
        keys: [{ ...given, verdict: 'withheld' }],
      },
      '1 key is served still, but now policy says: denied by name',
    ],
    [
      'until the next sync, being denied under another name',
      {
        ...facts,
        ...decision({ decision: { granted: false, rule: 'deny', formerly: login('alicia') }, admitting: [], unknown: [] }),
        keys: [{ ...given, verdict: 'withheld' }],
      },
      '1 key is served still, but now policy says: denied by name, as alicia, which this entry was called before',
    ],
    [
      'though the removal is held',
      { ...facts, held: { since: '2026-01-01T00:00:00Z', ageSeconds: 0, text: '' } },
      'allowed by group web, 1 key; but a guard holds a removal',
    ],
  ])('%s', (_how, known, because) => {
    expect(answer(known)).toEqual<Answer>({ canLogIn: true, because });
  });
});

describe('somebody cannot log in', () => {
  test.each<[string, LoginFacts, string]>([
    [
      'since PAM says no',
      { ...facts, served: { ...facts.served, pamRefusal: 'the password expired' } },
      'allowed by group web, 1 key, but PAM, which sshd asks, says no: the password expired',
    ],
    ['of whom nobody knows', { ...nobody, ...unserving }, 'no source has an entry of that name'],
    [
      'who has left',
      { ...nobody, ...unserving, holdings: [{ uid: 2001, name: 'alice', firstSeen: '2026-01-01', goneSince: '2026-02-01' }] },
      'gone from the directory since 2026-02-01',
    ],
    [
      'whose name another had, who had their uid',
      { ...nobody, ...unserving, holdings: [{ uid: 2001, name: 'bob', firstSeen: '2026-01-01', goneSince: '2026-02-01' }] },
      'no source has an entry of that name',
    ],
    [
      'whom only groups list',
      { ...nobody, ...unserving, mentions: { count: 1, groups: ['web'] } },
      'no source has an entry of that name, though groups list it',
    ],
    [
      'while no source has given anything',
      { ...nobody, ...unserving, sources: [{ name: 'corp' }] },
      'no source has given a complete directory on this host yet',
    ],
    ['who is of the host itself', { ...nobody, ...unserving, localUid: 0 }, 'it is a local account of this host (uid 0)'],
    [
      'whose entry is quarantined',
      {
        ...nobody,
        ...unserving,
        findings: [finding({ code: 'id-invalid', dn: 'uid=alice' }), finding({ code: 'id-missing', dn: 'uid=a' })],
      },
      'the entry is quarantined (id-invalid, id-missing)',
    ],
    [
      'whose entry cannot be shown',
      { ...unshown, ...unserving, findings: [finding({}), finding({ code: 'name-duplicate', dn: 'uid=other' })] },
      'the entry is quarantined (home-missing)',
    ],
    [
      'whom a deny rule names by group',
      { ...facts, ...unserving, ...decision({ decision: { granted: false, rule: 'deny', group: web }, admitting: [], unknown: [] }) },
      'denied by group web',
    ],
    [
      'whom no rule names, and no group could',
      {
        ...facts,
        ...unserving,
        ...decision({ decision: { granted: false, rule: 'none' }, admitting: [], unknown: [{ group: 'web', rules: ['access.groups'] }] }),
      },
      'no rule of [access] lets this login in',
    ],
    ['without a key', { ...facts, keys: [] }, 'access is granted, but the directory has no key for this login'],
    [
      'with all keys withheld, by whatever code',
      {
        ...facts,
        keys: [{ ...unserved, verdict: 'refused', code: 'key-type' }],
        keyFindings: [finding({ map: 'keys', code: 'key-malformed' })],
      },
      'access is granted, but every key is withheld (key-type, key-malformed)',
    ],
    [
      'with keys that have ended',
      { ...facts, keys: [{ ...given, verdict: 'expired', usable: false }] },
      'access is granted, but every key has expired',
    ],
    ['before the next sync', { ...facts, keys: [unserved] }, 'allowed by group web, but not served before the next sync'],
    [
      'whose account is not served, though keys are',
      { ...facts, served: { generation: 1, keys: [] } },
      'allowed by group web, but not served before the next sync',
    ],
    [
      'into a shared account that is denied',
      { ...shared, keys: [], localUid: 998, accountDenied: true },
      'it is a shared account, and [access] deny names it',
    ],
    [
      'into a shared account that is none',
      { ...shared, ...unserving },
      'it is a shared account, but neither this host nor the directory has an account of that name',
    ],
    [
      'into a shared account without a key',
      { ...shared, keys: [], localUid: 998 },
      'it is a shared account, and nobody whose keys it takes has one',
    ],
  ])('%s', (_who, known, because) => {
    expect(answer(known)).toEqual<Answer>({ canLogIn: false, because });
  });
});
