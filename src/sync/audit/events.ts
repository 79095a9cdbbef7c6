/**
 * Everything that one commit changes, as audit events. A crowd is worked through in parts, and none of it is held in memory.
 */
import type { HostView, PublishedView } from '../../directory/host-view.ts';
import { blobsOf } from '../../directory/key-blobs.ts';
import { NO_KEYS } from '../../directory/key-lines.ts';
import { once } from '../../directory/once.ts';
import { releaseMemory } from '../../memory.ts';
import type { AuditEvent } from '../../policy/audit/event.ts';
import type { AuditFacts } from '../../policy/audit/facts.ts';
import {
  auditGroups,
  auditLogin,
  type AuditScope,
  changesByLogin,
  findRenamings,
  type LoginChange,
  type Renamings,
} from '../../policy/audit/plan.ts';
import { type AuditCourt, AuditReasons } from '../../policy/audit/reasons.ts';
import type { AccessPolicy } from '../../policy/host-policy.ts';
import type { Plan } from '../../policy/plan.ts';
import { factsOf, findEntries, findOwners, type Formers, type FoundEntries, type KeyOwners, readFormers } from './facts.ts';
import type { HostContext, NamedSources } from '../context.ts';

/** Logins whose entries are looked up together: each part goes through the snapshots once. */
const PART_LENGTH = 10_000;

export interface AuditedChange {
  readonly plan: Plan;
  /** What the host is going to show. */
  readonly view: PublishedView;
  /** What the run has judged: something else while a guard holds. */
  readonly judged: HostView;
  readonly access: AccessPolicy;
  readonly accessGroupsBefore: AuditCourt['accessGroupsBefore'];
  readonly wasWithheld: AuditFacts['wasWithheld'];
}

type EventsContext = Pick<HostContext, 'paths'> & NamedSources;

export function* auditEvents(context: EventsContext, change: AuditedChange): Generator<AuditEvent> {
  const changes = changesByLogin(change.plan);
  const work = prepare(context, change, changes);
  const [shared, people] = splitBy([...changes], ([login]) => change.access.accounts.has(login as never));
  for (let start = 0; start < people.length; start += PART_LENGTH) {
    const part = people.slice(start, start + PART_LENGTH);
    // What the part before has left would pile up.
    if (people.length > PART_LENGTH) releaseMemory();
    yield* auditPart(context, part, work, []);
  }
  yield* auditPart(context, shared, work, namesOf(work.owners));
  const groups = new Set([...change.plan.group.added, ...change.plan.group.changed, ...change.plan.group.removed].map(({ key }) => key));
  if (groups.size > 0) yield* auditGroups(change.plan, work.facts(findEntries(context, { people: new Set(), groups })));
}

interface AuditWork {
  readonly reasons: AuditReasons;
  readonly owners: KeyOwners;
  readonly renamings: Renamings;
  readonly uidOf: AuditScope['uidOf'];
  readonly facts: (entries: FoundEntries) => AuditFacts;
}

function prepare(context: EventsContext, change: AuditedChange, changes: ReadonlyMap<string, LoginChange>): AuditWork {
  const { plan, access, accessGroupsBefore, judged, wasWithheld } = change;
  const court: AuditCourt = { access, accessGroupsBefore, judged };
  const accounts = [...access.accounts.keys()].filter((account) => changes.get(account)?.keys !== undefined);
  const owners = findOwners(context, court, accounts);
  const formers: Formers = readFormers(context);
  const lostBy = accounts.length === 0 ? new Map<string, string>() : lostKeys(plan, access);
  const uids = once(
    () => new Map(change.view.passwd.filter(({ name }) => changes.has(name)).map(({ name, uid }) => [name as string, uid as number])),
  );
  return {
    reasons: new AuditReasons(court, new Set([...changes.keys(), ...namesOf(owners)])),
    owners,
    renamings: findRenamings(plan, (login, uid) => formers(login, uid) !== undefined),
    uidOf: (login) => uids().get(login),
    facts: (entries) => factsOf({ entries, owners, formers, lostBy, wasWithheld }),
  };
}

function* auditPart(
  context: EventsContext,
  part: readonly (readonly [string, LoginChange])[],
  { reasons, renamings, uidOf, facts }: AuditWork,
  others: readonly string[],
): Generator<AuditEvent> {
  if (part.length === 0) return;
  const logins = part.map(([login]) => login);
  const renamed = logins.flatMap((login) => renamings.to.get(login) ?? []);
  const entries = findEntries(context, { people: new Set([...logins, ...renamed, ...others]), groups: new Set() });
  const scope: AuditScope = { reasons, renamings, uidOf, facts: facts(entries) };
  for (const [login, change] of part) yield* auditLogin(login, change, scope);
}

/** Of a shared account's key that somebody has taken along who is in no directory any more. */
function lostKeys({ keys }: Plan, { accounts }: AccessPolicy): Map<string, string> {
  const lost = [...keys.removed, ...keys.changed].filter(({ key }) => !accounts.has(key as never));
  return new Map(lost.flatMap(({ key, before }) => [...blobsOf(before ?? NO_KEYS)].map((blob) => [blob, key])));
}

function namesOf(owners: KeyOwners): string[] {
  return [...owners.values()].flatMap((byBlob) => [...byBlob.values()]);
}

function splitBy<T>(values: readonly T[], isFirst: (value: T) => boolean): [T[], T[]] {
  return [values.filter(isFirst), values.filter((value) => !isFirst(value))];
}
