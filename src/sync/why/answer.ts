/**
 * The answer in one sentence. What serves decides on yes or no, since that is what sshd will do; policy says why.
 */
import { quote } from '../../directory/rejection.ts';
import type { AccessDecision } from '../../policy/access.ts';
import { count, people, some } from '../phrases.ts';
import type { LoginFacts } from '../login-facts.ts';
import { isUnknown } from '../unknown-login.ts';
import type { KeyReport } from './keys.ts';

export interface Answer {
  readonly canLogIn: boolean;
  /** The end of a sentence that begins with `alice can log in here: `, or `alice cannot …`. */
  readonly because: string;
}

/** What policy says, without regard to what serves. */
interface Decided {
  readonly given: boolean;
  readonly because: string;
}

export function answer(facts: LoginFacts): Answer {
  const decided = isUnknown(facts) ? { given: false, because: describeUnknown(facts) } : decide(facts);
  const { served, localUid, keys, held } = facts;
  const resolves = localUid !== undefined || served.passwd !== undefined || served.fault !== undefined;
  const usable = keys.filter((key) => key.usable).length;
  if (!resolves || usable === 0) return { canLogIn: false, because: describeNo(decided) };
  const because = describeYes(decided, usable);
  if (served.pamRefusal !== undefined)
    return { canLogIn: false, because: `${because}, but PAM, which sshd asks, says no: ${served.pamRefusal}` };
  if (isUnknown(facts)) return { canLogIn: true, because: `${serves(usable)}; ${describeUnknown(facts)}` };
  return { canLogIn: true, because: held === undefined ? because : `${because}; but a guard holds a removal` };
}

function describeUnknown({ sources }: LoginFacts): string {
  const damaged = sources.filter(({ fault }) => fault !== undefined).map(({ name }) => quote(name));
  return `why cannot be told, since the last good snapshot of source ${some(damaged, 3)} cannot be read; the next sync makes it anew`;
}

function serves(usable: number): string {
  return `${count(usable, 'key', 'keys')} ${usable === 1 ? 'is' : 'are'} served, and nothing takes that away now`;
}

function describeYes({ given, because }: Decided, usable: number): string {
  const keys = count(usable, 'key', 'keys');
  return given ? `${because}, ${keys}` : `${keys} ${usable === 1 ? 'is' : 'are'} served still, but now policy says: ${because}`;
}

function describeNo({ given, because }: Decided): string {
  return given ? `${because}, but not served before the next sync` : because;
}

function decide(facts: LoginFacts): Decided {
  const obstacle = findObstacle(facts);
  if (obstacle !== undefined) return { given: false, because: obstacle };
  const { sharers, access } = facts;
  if (sharers !== undefined) return { given: true, because: `shared account of ${people(sharers.length)}` };
  return { given: true, because: access === undefined ? 'not decided' : describeGrant(access.decision) };
}

/** Why policy gives no key; undefined when it gives one. */
function findObstacle(facts: LoginFacts): string | undefined {
  const { entry, shown, sharers, access, localUid, sources } = facts;
  if (sharers !== undefined) return findSharedObstacle(facts);
  if (localUid !== undefined) return `it is a local account of this host (uid ${localUid})`;
  if (sources.every(({ fetchedAt }) => fetchedAt === undefined)) return 'no source has given a complete directory on this host yet';
  const quarantined = findQuarantine(facts);
  if (entry === undefined) return quarantined ?? describeAbsence(facts);
  if (access !== undefined && !access.decision.granted) return describeRefusal(facts, access.decision);
  if (shown === undefined) return quarantined ?? 'the entry is not shown here';
  return findKeyObstacle(facts);
}

function describeAbsence({ login, holdings, mentions, isGroup }: LoginFacts): string {
  const gone = holdings.find(({ name, goneSince }) => name === login && goneSince !== undefined);
  if (gone?.calledNow !== undefined) return `called ${gone.calledNow} since ${gone.goneSince}`;
  if (gone !== undefined) return `gone from the directory since ${gone.goneSince}`;
  if (isGroup) return 'no source has an entry of that name; it is a group';
  return mentions === undefined ? 'no source has an entry of that name' : 'no source has an entry of that name, though groups list it';
}

function findSharedObstacle(facts: LoginFacts): string | undefined {
  const { localUid, shown, accountDenied } = facts;
  if (accountDenied) return 'it is a shared account, and [access] deny names it';
  if (localUid === undefined && shown === undefined)
    return 'it is a shared account, but neither this host nor the directory has an account of that name';
  if (facts.keys.some(isUsable)) return undefined;
  return 'it is a shared account, and nobody whose keys it takes has one';
}

function findQuarantine({ entry, findings }: LoginFacts): string | undefined {
  // Of another entry that wants the name, the owner is not to blame.
  const own = findings.filter(({ dn }) => entry === undefined || dn === undefined || dn === entry.dn);
  const codes = codesOf(own.filter(({ verdict, map }) => verdict === 'quarantined' && map === 'passwd'));
  return codes === '' ? undefined : `the entry is quarantined (${codes})`;
}

function findKeyObstacle({ keys, keyFindings }: LoginFacts): string | undefined {
  if (keys.some(isUsable)) return undefined;
  const reasons = keyFindings.filter(({ verdict }) => verdict === 'quarantined');
  const withoutKey = keys.filter(({ verdict }) => verdict !== 'left over');
  if (withoutKey.length === 0 && reasons.length === 0) return 'access is granted, but the directory has no key for this login';
  if (withoutKey.length > 0 && withoutKey.every(({ verdict }) => verdict === 'expired'))
    return 'access is granted, but every key has expired';
  return `access is granted, but every key is withheld (${codesOf([...withoutKey, ...reasons])})`;
}

function isUsable({ verdict }: KeyReport): boolean {
  return verdict === 'given';
}

function codesOf(findings: readonly { readonly code?: string }[]): string {
  return [...new Set(findings.flatMap(({ code }) => code ?? []))].join(', ');
}

/** The end of a sentence: `allowed by group web-prod`. */
export function describeGrant(decision: AccessDecision): string {
  if (!decision.granted) return 'not allowed';
  if (decision.rule === 'everyone') return 'allowed, as everyone is';
  const how = decision.group === undefined ? 'by name' : `by group ${decision.group}`;
  return decision.rule === 'always' ? `always allowed ${how}` : `allowed ${how}`;
}

function describeRefusal({ access, shown }: LoginFacts, decision: AccessDecision): string {
  if (decision.rule === 'deny' && decision.formerly !== undefined) {
    return `denied by name, as ${decision.formerly}, which this entry was called before`;
  }
  if (decision.rule === 'deny') return `denied ${decision.group === undefined ? 'by name' : `by group ${decision.group}`}`;
  const hidden = shown === undefined ? ', and [policy] hidden is set' : '';
  const groups = access?.admitting ?? [];
  if (groups.length === 0) return `no rule of [access] lets this login in${hidden}`;
  return `in none of the groups that may log in (${some(groups, 3)})${hidden}`;
}
