/**
 * Guards over what a few removals can break, however few: a rule that nobody is left of, a denial that would be forgotten, a
 * shared account that nobody gets into any more, a source that gives nothing.
 */
import type { HostView } from '../../directory/host-view.ts';
import type { GroupName, LoginName } from '../../directory/names.ts';
import { quote } from '../../directory/rejection.ts';
import type { GroupTaken } from './group-taken.ts';
import type { GuardFinding, GuardName } from './guards.ts';
import { rulesNaming } from '../access.ts';
import { allowedHere } from '../host-grants.ts';
import type { AccessPolicy, People } from '../host-policy.ts';
import type { MembersLost, Plan } from '../plan.ts';

/** The parts of a view that tell what was meant. */
type Meant = Pick<HostView, 'refused' | 'keysWithheld' | 'staleDenied' | 'unknownGroups'>;

/**
 * @param plan from what the directory said before, under today's rules: what a person has configured is not judged here
 * @param joined who came to groups within the day
 */
export function checkAccessGuards(
  plan: Plan,
  access: AccessPolicy,
  view: Meant & Pick<HostView, 'accessGroups' | 'keys'>,
  joined: ReadonlyMap<GroupName, ReadonlySet<string>> = new Map(),
): GuardFinding[] {
  return [
    ...plan.membersLost.flatMap((lost) => checkGroup(lost, access, view.unknownGroups)),
    ...plan.membersLost.flatMap((lost) => checkAlwaysLeft(withoutNewcomers(lost, joined), plan, access, view)),
    ...checkTaken(plan.groupsTaken, access),
    ...checkAccounts(plan, access, view),
  ];
}

/**
 * Somebody without keys in it makes an "always" group no way in. Where those who had keys are all gone and others have come, somebody may
 * have taken it over. Whoever stays with none of their earlier keys may be somebody else.
 */
function checkAlwaysLeft(
  { group, before, after, lost, staying = [] }: MembersLost,
  plan: Plan,
  { always }: AccessPolicy,
  view: Pick<HostView, 'accessGroups' | 'keys'>,
): GuardFinding[] {
  if (after === 0 || !always.groups.includes(group)) return [];
  const hadKeys = whoHadKeys(plan, view);
  const isLeft = staying.some((name) => hadKeys(name) && view.keys.has(name) && !plan.keysReplaced.includes(name));
  if (isLeft || ![...lost, ...staying].some(hadKeys)) return [];
  const subject = `group ${quote(group)} of access.always`;
  const instead = view.accessGroups.get(group)?.filter((name) => view.keys.has(name)) ?? [];
  if (instead.length === 0) {
    const text = `${subject} has nobody left who has keys (members before: ${before})`;
    return [{ guard: 'always-group-empty', text, names: [group] }];
  }
  const text = `${subject} would have others in place of all its members who had keys (members before: ${before})`;
  return [{ guard: 'always-group-replaced', text, names: instead.map((name) => `${group} by ${name}`) }];
}

/** Who joined within the day is not one of those who were in it. */
function withoutNewcomers(lost: MembersLost, joined: ReadonlyMap<GroupName, ReadonlySet<string>>): MembersLost {
  const today = joined.get(lost.group);
  if (today === undefined || lost.staying === undefined) return lost;
  return { ...lost, staying: lost.staying.filter((name) => !today.has(name)) };
}

function whoHadKeys({ keys }: Plan, view: Pick<HostView, 'keys'>): (name: LoginName) => boolean {
  const added = new Set(keys.added.map(({ key }) => key));
  const removed = new Set(keys.removed.map(({ key }) => key));
  return (name) => removed.has(name) || (view.keys.has(name) && !added.has(name));
}

/** Whether the finding is that an "always" group has nobody left of those who were in it. */
export function isOfLostAlways({ guard, names }: GuardFinding, group: GroupName): boolean {
  if (guard === 'always-group-replaced') return names.some((name) => name.startsWith(`${group} by `));
  return guard === 'always-group-empty' && names.includes(group);
}

/**
 * A configuration that lets nobody in is held as well.
 *
 * @param plan from what this host shows now
 */
export function checkNobodyLeft({ keys }: Plan, { accounts }: AccessPolicy, { refused, keysWithheld, staleDenied }: Meant): GuardFinding[] {
  if (keys.before === 0 || keys.after > 0 || staleDenied.size > 0) return [];
  const logins = keys.removed.map(({ key }) => key as LoginName);
  const people = logins.filter((login) => !accounts.has(login));
  const isMeant = people.length > 0 ? people.every((name) => refused.has(name) || keysWithheld.has(name)) : refused.size > 0;
  if (isMeant) return [];
  return [
    { guard: 'nobody-left', text: `nobody could log in here any more: no login would have keys (${keys.before} before)`, names: logins },
  ];
}

/**
 * Denying or locking a few people acts at once. Doing it to everybody who is let in on every host leaves nobody to mend anything.
 *
 * @param plan from what the directory said before, under today's rules
 * @param earlier who was refused within the last day
 */
export function checkAlwaysRefused(
  { keysRefused }: Plan,
  { always }: AccessPolicy,
  { accessGroups, keys }: HostView,
  earlier: ReadonlySet<string> = new Set(),
): GuardFinding[] {
  const everybody = new Set([...always.users, ...always.groups.flatMap((group) => accessGroups.get(group) ?? [])]);
  const names = keysRefused.filter((name) => everybody.has(name));
  const all = new Set<string>([...names, ...[...earlier].filter((name) => everybody.has(name as LoginName))]);
  if (names.length === 0 || all.size < 2 || [...everybody].some((name) => keys.has(name))) return [];
  const text = `all of access.always who have keys (${all.size}) would be refused: denied, locked or ended in the directory`;
  return [{ guard: 'always-refused', text, names }];
}

/** Whether it is about people whom the directory keeps out, and not about what it takes away. */
export function isOfRefusals({ guard }: GuardFinding): boolean {
  return guard === 'refusals' || guard === 'always-refused';
}

/** Those whose names are people, or shared accounts, who would lose a way in. */
const OF_WAYS_IN: ReadonlySet<GuardName> = new Set<GuardName>([
  'passwd-removals',
  'keys-vanished',
  'refusals',
  'endings',
  'keys-replaced',
  'shells-refusing',
  'account-removals',
  'access-losses',
  'always-refused',
  'nobody-left',
  'account-keys-vanished',
]);

/** Whether the people whom it names may be losing a way in by what it holds: members of a group are where that group lets people in. */
export function isOfWaysIn({ guard, tally }: GuardFinding, access: AccessPolicy): boolean {
  if (guard !== 'member-removals') return OF_WAYS_IN.has(guard);
  return waysIn(access).some(({ groups }) => groups.some((group) => tally === `member ${group}`));
}

/** The rules that let people in, as themselves or behind a shared account. */
export function waysIn(access: AccessPolicy): readonly People[] {
  return [allowedHere(access), access.always, ...access.accounts.values()];
}

export interface SourceSize {
  readonly name: string;
  readonly users?: number | undefined;
  readonly groups?: number | undefined;
}

/** One of several sources that is suddenly empty; of a single one, the maps tell. A source that is gone from the configuration is no loss. */
export function checkSources(before: readonly SourceSize[], after: readonly SourceSize[]): GuardFinding[] {
  if (after.length < 2) return [];
  return after.flatMap(({ name, users, groups }) => {
    const earlier = before.find((source) => source.name === name);
    return [...checkCount(name, 'people', earlier?.users, users), ...checkCount(name, 'groups', earlier?.groups, groups)];
  });
}

function checkCount(source: string, what: string, before = 0, after: number | undefined): GuardFinding[] {
  if (before === 0 || after !== 0) return [];
  return [{ guard: 'source-empty', text: `source "${source}" suddenly gives no ${what} (${before} before)`, names: [`${source} ${what}`] }];
}

function checkGroup(
  { group, before, after }: MembersLost,
  { always, deny }: AccessPolicy,
  unknown: ReadonlySet<GroupName>,
): GuardFinding[] {
  if (after > 0) return [];
  const state = unknown.has(group) ? 'is gone from the directory' : 'has become empty';
  const findings: GuardFinding[] = [];
  if (always.groups.includes(group)) {
    const text = `group ${quote(group)} of access.always ${state} (members before: ${before})`;
    findings.push({ guard: 'always-group-empty', text, names: [group] });
  }
  // An empty one is how a denial ends. One that is gone is a slip, or an attempt.
  if (deny.groups.includes(group) && unknown.has(group)) {
    const text = `group ${quote(group)} of access.deny ${state}: its ${before} members would no longer be denied`;
    findings.push({ guard: 'deny-group-vanished', text, names: [group] });
  }
  return findings;
}

function checkAccounts({ keys }: Plan, { accounts }: AccessPolicy, { refused }: Meant): GuardFinding[] {
  const emptied = keys.removed.map(({ key }) => key as LoginName).filter((login) => accounts.has(login) && !refused.has(login));
  return emptied.map((account) => ({
    guard: 'account-keys-vanished',
    text: `the shared account ${quote(account)} would lose all its keys: nobody could log in as it`,
    names: [account],
  }));
}

function checkTaken(taken: readonly GroupTaken[], access: AccessPolicy): GuardFinding[] {
  return taken.map(({ group, from, to }) => {
    const rules = rulesNaming(access, group);
    const where = rules.length === 0 ? 'which is inside groups of [access]' : `of ${rules.join(' and ')}`;
    const text = `group ${quote(group)} ${where} was that of source ${quote(from)} and would be that of source ${quote(to)}, with its members`;
    return { guard: 'group-source-changed', text, names: [`${group} from ${from} to ${to}`] };
  });
}
