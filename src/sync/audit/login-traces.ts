/**
 * What this host knows of a name or a number besides the directory's entries: the uid ledger, uids that wait for a person, and groups that
 * have the name as a member.
 */
import { formatDay } from '../../directory/day.ts';
import type { GroupName, LoginName } from '../../directory/names.ts';
import { DN_SHOWN, printable } from '../../directory/rejection.ts';
import { isFormerName, type PastHolding, type UidHolding, type UidLedger } from '../../directory/uid-holding.ts';
import { type ContestedUid, readContestedUids } from '../../state/contested-uids.ts';
import type { HostContext } from '../context.ts';
import type { LastGood } from '../last-good.ts';
import { similarNames } from '../similar-names.ts';

/** Somebody who holds a uid, or has held one. */
export interface HoldingReport {
  readonly uid: number;
  /** When they were last seen. */
  readonly name: string;
  /** `2026-11-23` */
  readonly firstSeen: string;
  /** Absent for somebody who holds it. */
  readonly goneSince?: string;
  /** The name that the same person has had since then. */
  readonly calledNow?: string;
  readonly source?: string;
  /** Safe to print; absent where the ledger keeps a digest of it alone. */
  readonly id?: string;
}

/** A uid that waits for a person's decision. */
export interface ContestedReport extends Pick<ContestedUid, 'source' | 'uid' | 'code' | 'since'> {
  /** ISO 8601: it takes effect with the next run. */
  readonly approved?: string;
  /** The command that lets the person have it. */
  readonly approve: string;
}

/** Groups that list a name. */
export interface Mentions {
  readonly count: number;
  /** The first few. */
  readonly groups: readonly string[];
}

export interface LoginTraces {
  /** What the uid ledger has of the name and its uid. */
  readonly holdings: readonly HoldingReport[];
  /** What waits for a person to approve it. */
  readonly contested: readonly ContestedReport[];
  /** For a name that nobody has. */
  readonly similar: readonly string[];
  /** For a name that nobody has, no group either: the groups that list it all the same. */
  readonly mentions?: Mentions;
  /** For a name that nobody has: a group has it. */
  readonly isGroup: boolean;
}

const MENTIONS_SHOWN = 5;

export interface TracedLogin {
  readonly login: string;
  readonly uid: number | undefined;
  /** Nobody has the name. */
  readonly isAbsent: boolean;
}

export function findTraces(context: HostContext, lastGood: LastGood, { login, uid, isAbsent }: TracedLogin): LoginTraces {
  const found = { holdings: findHoldings(lastGood.ledger, login, uid), contested: findContested(context, login) };
  if (!isAbsent) return { ...found, similar: [], isGroup: false };
  const isGroup = lastGood.judgement.claims.groups.has(login as GroupName);
  const mentions = isGroup ? undefined : findMentions(lastGood, login);
  return {
    ...found,
    similar: similarNames(login, knownNames(lastGood)),
    isGroup,
    ...(mentions === undefined ? {} : { mentions }),
  };
}

function* knownNames({ judgement, policy }: LastGood): Generator<string> {
  yield* judgement.claims.users.keys();
  yield* policy.access.accounts.keys();
  for (const { map, key } of judgement.view.rejections) if (map === 'passwd') yield key;
}

/** Whoever has the name or the uid, and had one of them; those who hold it first. */
function findHoldings({ held, past }: UidLedger, login: string, uid: number | undefined): HoldingReport[] {
  const places = new Set<number>();
  if (uid !== undefined && held.indexOf(uid) !== -1) places.add(held.indexOf(uid));
  for (let index = 0; index < held.count; index += 1) if (held.isNamed(index, login)) places.add(index);
  const gone = past.filter((one) => one.name === login || one.uid === uid);
  const calledNow = (one: PastHolding): Pick<HoldingReport, 'calledNow'> =>
    isFormerName(one, held) ? { calledNow: held.read(held.indexOf(one.uid)).name } : {};
  const formers = gone.toReversed().map((one) => ({ ...describeHolding(one), ...calledNow(one) }));
  return [...[...places].map((index) => describeHolding(held.read(index))), ...formers];
}

function describeHolding(holding: UidHolding | PastHolding): HoldingReport {
  const { uid, name, firstSeen, owner } = holding;
  const [, source, id] = /^[di]=([^/]*)\/(.*)$/.exec(owner) ?? [];
  return {
    uid,
    name,
    firstSeen: formatDay(firstSeen),
    ...('goneSince' in holding ? { goneSince: formatDay(holding.goneSince) } : {}),
    ...(source === undefined || id === undefined ? {} : { source, id: printable(id, DN_SHOWN) }),
  };
}

function findContested({ paths }: HostContext, login: string): ContestedReport[] {
  const contested = readContestedUids(paths.contestedUids).filter((one) => one.login === login);
  return contested.map(({ source, uid, code, since, approved }) => {
    const who = contested.length === 1 ? login : `${source}/${login}`;
    return { source, uid, code, since, ...(approved === undefined ? {} : { approved }), approve: `holdfast approve uid ${who}` };
  });
}

/** Undefined for a name that no group lists. */
function findMentions({ judgement }: LastGood, login: string): Mentions | undefined {
  const groups = [...judgement.claims.groups.values()]
    .filter(({ members }) => members.includes(login as LoginName))
    .map(({ name }) => name);
  return groups.length === 0 ? undefined : { count: groups.length, groups: groups.toSorted().slice(0, MENTIONS_SHOWN) };
}
