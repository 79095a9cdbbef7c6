import { describe, expect, test } from 'vitest';
import { NO_KEYS, packKeys } from '../../../src/directory/key-lines.ts';
import type { Rejection } from '../../../src/directory/rejection.ts';
import type { AuditEvent } from '../../../src/policy/audit/event.ts';
import type { PersonFacts } from '../../../src/policy/audit/facts.ts';
import { auditFindings } from '../../../src/policy/audit/findings.ts';
import { auditKeys } from '../../../src/policy/audit/keys.ts';
import { type AuditCourt, AuditReasons } from '../../../src/policy/audit/reasons.ts';
import { groupName, login } from '../../directory/valid.ts';
import { access, fingerprint, keyOf, people } from '../sample-directory.ts';

const key = keyOf('A');
const lines = packKeys([key]);
const has: PersonFacts = { source: 'corp', id: 'id-of-alice', keys: lines };
const hasNone: PersonFacts = { ...has, keys: NO_KEYS };
const [blob = ''] = key.text.split(' ').slice(1);

interface Case {
  readonly before?: typeof lines;
  readonly after?: typeof lines;
  readonly person?: PersonFacts;
  readonly rules?: ReturnType<typeof access>;
  /** Members of the group web, before and after. */
  readonly web?: readonly [readonly string[], readonly string[]];
  readonly judged?: Partial<AuditCourt['judged']>;
  readonly wasWithheld?: boolean;
}

function audit({ before, after, person, rules = access(), web = [[], []], judged = {}, wasWithheld = false }: Case): string[] {
  const [membersBefore, members] = web.map((names) => new Map([[groupName('web'), names.map(login)]]));
  const court: AuditCourt = {
    access: rules,
    accessGroupsBefore: membersBefore ?? new Map(),
    judged: {
      accessGroups: members ?? new Map(),
      ...{ refused: new Set(), staleDenied: new Map(), rejections: [], entitled: new Set() },
      ...judged,
    },
  };
  const holder = {
    login: 'alice',
    uid: 2001,
    person,
    entry: {},
    isOngoing: before !== undefined && after !== undefined,
    renamedTo: undefined,
  };
  const facts = {
    ...{ person: () => person, former: () => undefined, group: () => undefined, ownerOf: () => undefined },
    ...{ fingerprint, wasWithheld: () => wasWithheld },
  };
  const change = { key: 'alice', ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
  const events = [...auditKeys(change, holder, new AuditReasons(court, new Set(['alice'])), facts)];
  return events.map(({ event, reason }: AuditEvent) => `${event} ${reason.code}: ${reason.text}`);
}

function finding(code: Rejection['code'], changes: Partial<Rejection> = {}): Rejection {
  return { verdict: 'quarantined', source: 'corp', map: 'keys', key: 'alice', code, reason: 'because', ...changes };
}

describe('a key', () => {
  const allowsWeb = access({ allow: people({ groups: ['web'] }) });
  test.each<[string, Case, string]>([
    ['that comes with access', { after: lines, rules: allowsWeb, web: [[], ['alice']] }, 'key-added allowed: allowed by group web'],
    ['of somebody named', { after: lines, rules: access({ always: people({ users: ['alice'] }) }) }, 'key-added allowed: allowed by name'],
    ['where everyone is let in', { after: lines, rules: access({ everyone: true }) }, 'key-added allowed: everyone is allowed'],
    [
      'that comes back',
      { after: lines, rules: allowsWeb, web: [['alice'], ['alice']], wasWithheld: true },
      'key-restored allowed: allowed by group web',
    ],
    [
      'beside another',
      { before: packKeys([keyOf('B')]), after: packKeys([key, keyOf('B')]) },
      'key-added new: the directory has this key now',
    ],
    [
      'with another comment',
      { before: lines, after: packKeys([keyOf('A', { comment: 'new' })]) },
      'key-changed changed: another comment, or other options or limits',
    ],
    ['of somebody who is gone', { before: lines }, 'key-removed gone: the directory has this person no more'],
    ['that was taken out', { before: lines, person: hasNone }, 'key-removed gone: the directory has this key no more'],
    [
      'of somebody denied by group',
      { before: lines, person: has, rules: access({ everyone: true, deny: people({ groups: ['web'] }) }), web: [[], ['alice']] },
      'key-withheld denied: denied by group web',
    ],
    [
      'of somebody who left the group',
      { before: lines, person: has, rules: allowsWeb, web: [['alice'], []] },
      'key-withheld left-group: left group web',
    ],
    ['without a rule', { before: lines, person: has, rules: allowsWeb }, 'key-withheld no-rule: no rule lets them in any more'],
    [
      'that is revoked',
      { before: lines, person: has, judged: { rejections: [finding('key-revoked', { fingerprint: fingerprint(blob) })] } },
      'key-withheld key-revoked: because',
    ],
    [
      'of an account that is locked',
      { before: lines, person: has, judged: { rejections: [finding('account-locked')] } },
      'key-withheld account-locked: because',
    ],
    [
      'of a silent source',
      { before: lines, person: has, judged: { staleDenied: new Map([[login('alice'), 'corp']]) } },
      'key-withheld stale: source "corp" has not answered for longer than staleness.deny_after',
    ],
    [
      'of somebody refused while a guard holds',
      { before: lines, person: has, judged: { refused: new Set([login('alice')]) } },
      'key-withheld refused: refused by the directory, or by a rule of this host',
    ],
  ])('%s', (_what, one, event) => {
    expect(audit(one)).toEqual([event]);
  });

  test('that stays as it is is nothing', () => {
    expect(audit({ before: lines, after: lines, person: has })).toEqual([]);
  });
});

describe('auditFindings', () => {
  test.each<[Rejection, string]>([
    [finding('key-too-short', { fingerprint: 'SHA256:x' }), 'key-withheld'],
    [finding('account-expired'), 'account-withheld'],
    [finding('uid-reused', { map: 'passwd' }), 'account-withheld'],
    [finding('id-duplicate', { map: 'group', key: 'web' }), 'group-withheld'],
    [finding('member-unknown', { map: 'group', key: 'web', verdict: 'adjusted' }), 'member-withheld'],
  ])('of $code', (rejection, event) => {
    expect([...auditFindings([rejection])]).toMatchObject([{ event, source: 'corp', reason: { code: rejection.code, text: 'because' } }]);
  });
});
