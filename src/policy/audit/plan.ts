/**
 * The audit events of a plan: what a commit adds, changes and takes away, a login at a time.
 */
import type { GroupEntry } from '../../directory/group.ts';
import type { KeyLines } from '../../directory/key-lines.ts';
import type { PasswdEntry } from '../../directory/passwd.ts';
import { AGING_FIELDS, type ShadowEntry } from '../../directory/shadow.ts';
import type { AuditEvent, AuditReason, FieldChange } from './event.ts';
import type { AuditFacts, EntryFacts } from './facts.ts';
import { auditKeys } from './keys.ts';
import type { AuditReasons } from './reasons.ts';
import type { Change } from '../map-plan.ts';
import type { Plan } from '../plan.ts';

/** All that changes of one login. */
export interface LoginChange {
  passwd?: Change<PasswdEntry>;
  shadow?: Change<ShadowEntry>;
  keys?: Change<KeyLines>;
}

/** People who go on under another login, each by the other one. */
export interface Renamings {
  readonly to: ReadonlyMap<string, string>;
  readonly from: ReadonlyMap<string, string>;
}

export interface AuditScope {
  readonly reasons: AuditReasons;
  readonly facts: AuditFacts;
  readonly renamings: Renamings;
  /** The uid under which a login is shown now, or was. */
  readonly uidOf: (login: string) => number | undefined;
}

const PASSWD_FIELDS = ['uid', 'gid', 'gecos', 'home', 'shell'] as const;

export function changesByLogin({ passwd, shadow, keys }: Plan): Map<string, LoginChange> {
  const changes = new Map<string, LoginChange>();
  const of = (login: string): LoginChange => {
    const change = changes.get(login) ?? {};
    changes.set(login, change);
    return change;
  };
  for (const change of [...passwd.added, ...passwd.changed, ...passwd.removed]) of(change.key).passwd = change;
  // Of who comes or goes, passwd says it.
  for (const change of shadow.changed) of(change.key).shadow = change;
  for (const change of [...keys.added, ...keys.changed, ...keys.removed]) of(change.key).keys = change;
  return changes;
}

/** By uid: the ledger lets nobody have a number that another had, unless a person approves it. @param wasTaken as an approval did */
export function findRenamings({ passwd }: Plan, wasTaken: (login: string, uid: number) => boolean): Renamings {
  const gone = new Map(passwd.removed.flatMap(({ key, before }) => (before === undefined ? [] : [[before.uid as number, key] as const])));
  const pairs = gone.size === 0 ? [] : passwd.added.flatMap(({ key, after }) => renamingOf(key, after, gone));
  const renamed = pairs.filter(({ before, uid }) => !wasTaken(before, uid));
  return {
    to: new Map(renamed.map(({ before, after }) => [before, after])),
    from: new Map(renamed.map(({ before, after }) => [after, before])),
  };
}

function renamingOf(
  after: string,
  entry: PasswdEntry | undefined,
  gone: ReadonlyMap<number, string>,
): { readonly before: string; readonly after: string; readonly uid: number }[] {
  const before = entry && gone.get(entry.uid);
  return entry === undefined || before === undefined ? [] : [{ before, after, uid: entry.uid }];
}

export function* auditLogin(login: string, change: LoginChange, scope: AuditScope): Generator<AuditEvent> {
  const { before, after } = change.passwd ?? {};
  const uid = after?.uid ?? before?.uid ?? scope.uidOf(login);
  const entry = entryOf(login, uid, scope);
  if (after !== undefined && before === undefined) yield accountAdded(login, after, entry, scope);
  else if (after !== undefined || change.shadow !== undefined) yield accountChanged(login, uid, change, entry);
  if (change.keys !== undefined) yield* auditKeysOf(login, uid, change.keys, entry, scope);
  if (before !== undefined && after === undefined) yield accountRemoved(login, before, entry, scope);
}

function auditKeysOf(
  login: string,
  uid: number | undefined,
  keys: Change<KeyLines>,
  entry: EntryFacts,
  { reasons, facts, renamings }: AuditScope,
): Iterable<AuditEvent> {
  const isOngoing = keys.before !== undefined && keys.after !== undefined;
  const holder = { login, uid, person: facts.person(login, uid), entry, isOngoing, renamedTo: renamings.to.get(login) };
  return auditKeys(keys, holder, reasons, facts);
}

/** Without its keys. */
function entryOf(login: string, uid: number | undefined, { facts, renamings }: AuditScope): EntryFacts {
  const found =
    facts.person(login, uid) ??
    facts.person(renamings.to.get(login) ?? '', uid) ??
    (uid === undefined ? undefined : facts.former(login, uid));
  return {
    ...(found?.source === undefined ? {} : { source: found.source }),
    ...(found?.id === undefined ? {} : { id: found.id }),
  };
}

function accountAdded(login: string, { uid, gid }: PasswdEntry, entry: EntryFacts, { renamings }: AuditScope): AuditEvent {
  const before = renamings.from.get(login);
  const reason: AuditReason =
    before === undefined ? { code: 'new', text: 'shown from now on' } : { code: 'renamed', text: `was "${before}" before` };
  return { event: 'account-added', login, uid, gid, ...entry, reason };
}

function accountChanged(login: string, uid: number | undefined, { passwd, shadow }: LoginChange, entry: EntryFacts): AuditEvent {
  const changes = { ...passwdChanges(passwd), ...shadowChanges(shadow) };
  const reason: AuditReason = { code: 'changed', text: `changed: ${Object.keys(changes).join(', ')}` };
  return { event: 'account-changed', login, ...(uid === undefined ? {} : { uid }), changes, ...entry, reason };
}

function accountRemoved(
  login: string,
  { uid, gid }: PasswdEntry,
  entry: EntryFacts,
  { facts, reasons, renamings }: AuditScope,
): AuditEvent {
  const after = renamings.to.get(login);
  return { event: 'account-removed', login, uid, gid, ...entry, reason: removal() };

  function removal(): AuditReason {
    if (after !== undefined) return { code: 'renamed', text: `is "${after}" from now on` };
    const finding = reasons.entryFinding(login);
    if (finding !== undefined) return finding;
    if (facts.person(login, undefined) === undefined) return { code: 'gone', text: 'the directory has this person no more' };
    return reasons.hidden(login);
  }
}

function passwdChanges(change: Change<PasswdEntry> | undefined): Record<string, FieldChange> {
  const { before, after } = change ?? {};
  if (before === undefined || after === undefined) return {};
  return Object.fromEntries(
    PASSWD_FIELDS.filter((field) => before[field] !== after[field]).map((field) => [field, [before[field], after[field]]]),
  );
}

/** Of a password only that it changed. */
function shadowChanges(change: Change<ShadowEntry> | undefined): Record<string, FieldChange> {
  const { before, after } = change ?? {};
  if (before === undefined || after === undefined) return {};
  const aging = AGING_FIELDS.filter((field) => before.aging[field] !== after.aging[field]);
  return {
    ...Object.fromEntries(aging.map((field) => [field, [before.aging[field] ?? null, after.aging[field] ?? null]])),
    ...(before.password === after.password ? {} : { password: ['not shown', 'not shown'] }),
  };
}

/** Groups that this host shows, and who is listed in them. */
export function* auditGroups({ group }: Plan, facts: AuditFacts): Generator<AuditEvent> {
  for (const change of group.added) yield* auditGroup(change, facts);
  for (const change of group.changed) yield* auditGroup(change, facts);
  for (const change of group.removed) yield* auditGroup(change, facts);
}

function* auditGroup({ key: group, before, after }: Change<GroupEntry>, facts: AuditFacts): Generator<AuditEvent> {
  const entry = facts.group(group) ?? {};
  const gid = after?.gid ?? before?.gid;
  const described = { group, ...(gid === undefined ? {} : { gid }), ...entry };
  if (before === undefined) {
    yield { event: 'group-added', ...described, reason: { code: 'new', text: 'shown from now on' } };
  } else if (after !== undefined && before.gid !== after.gid) {
    const changes = { gid: [before.gid, after.gid] } as const;
    yield { event: 'group-changed', ...described, changes, reason: { code: 'changed', text: 'changed: gid' } };
  }
  const [old, now] = [new Set<string>(before?.members), new Set<string>(after?.members)];
  for (const login of now.difference(old)) yield { event: 'member-added', login, ...described, reason: memberReason(before, 'new') };
  for (const login of old.difference(now)) yield { event: 'member-removed', login, ...described, reason: memberReason(after, 'gone') };
  if (after === undefined) yield { event: 'group-removed', ...described, reason: { code: 'gone', text: 'shown no more' } };
}

/** @param other the group on the other side of the change */
function memberReason(other: GroupEntry | undefined, code: 'new' | 'gone'): AuditReason {
  if (other === undefined) return { code, text: code === 'new' ? 'with the group' : 'the group is shown no more' };
  return { code, text: code === 'new' ? 'joined, directly or by a nested group' : 'left, or is shown no more' };
}
