/**
 * Whether an account may be used now, and until when: what the directory said of its end and its locks, against the clock.
 */
import type { AccountLimit } from '../directory/account-limits.ts';
import { isAllowedAt, nextChange } from '../directory/allowed-hours.ts';
import { DAY } from '../directory/day.ts';
import { describeTime } from '../directory/directory-time.ts';
import type { LoginName } from '../directory/names.ts';
import { Invalid } from '../directory/rejection.ts';
import type { PasswordAging } from '../directory/shadow.ts';
import type { DirectoryUser } from '../directory/snapshot.ts';

/** How one account stands at one moment. */
export interface Standing {
  /** Why it may not be used. */
  readonly refusal?: Invalid;
  /** Milliseconds since the epoch: sshd shall refuse the keys from then on, whether or not an agent still runs. */
  readonly keysUntil?: number;
  /** Days since 1970-01-01 for shadow(5): in the past when the account may not be used, else the first day after its end. */
  readonly expireDay?: number;
}

export type Standings = ReadonlyMap<LoginName, Standing>;

const REFUSED_IN_HELD_ANSWER = new Invalid('account-locked', "refused by the directory's last answer, which a guard holds");

/** Not 0, which is ambiguous in shadow(5). */
const PAST_DAY = 1;

/** Of those only of whom the directory says something: of nearly nobody. */
export function judgeAccounts(users: Iterable<DirectoryUser>, now: Date): Standings {
  const standings = new Map<LoginName, Standing>();
  for (const { name, limits } of users) {
    if (limits !== undefined) standings.set(name, judgeAccount(limits, now.getTime()));
  }
  return standings;
}

/** With those whom the directory refused in an answer that a guard holds. */
export function refuseAlso(standings: Standings, refused: Iterable<LoginName> = []): Standings {
  const all = new Map(standings);
  for (const name of refused) if (all.get(name)?.refusal === undefined) all.set(name, { refusal: REFUSED_IN_HELD_ANSWER });
  return all;
}

/** @param now milliseconds since the epoch */
export function judgeAccount(limits: readonly AccountLimit[], now: number): Standing {
  for (const limit of limits) {
    const refusal = refuse(limit, now);
    if (refusal !== undefined) return { refusal, expireDay: pastDay(limit) };
  }
  const end = earliest(limits.map((limit) => (limit.kind === 'ends' ? limit.at : undefined)));
  const keysUntil = earliest([end, ...limits.map((limit) => (limit.kind === 'hours' ? nextChange(limit.hours, now) : undefined))]);
  return {
    ...(keysUntil === undefined ? {} : { keysUntil }),
    ...(end === undefined ? {} : { expireDay: Math.ceil(end / DAY) }),
  };
}

/** The aging of shadow(5) with the end that this standing sets, where its own is not earlier. */
export function limitAging(aging: PasswordAging, standing: Standing | undefined): PasswordAging {
  const expireDay = standing?.expireDay;
  if (expireDay === undefined || (aging.expire !== undefined && aging.expire <= expireDay)) return aging;
  return { ...aging, expire: expireDay };
}

function refuse(limit: AccountLimit, now: number): Invalid | undefined {
  switch (limit.kind) {
    case 'refused':
      return new Invalid(limit.code, limit.reason);
    case 'ends':
      return now < limit.at ? undefined : new Invalid('account-expired', `the account ended at ${describeTime(limit.at)} (${limit.by})`);
    case 'locked':
      return now >= limit.until ? undefined : new Invalid('account-locked', `locked until ${describeTime(limit.until)} (${limit.by})`);
    case 'hours':
      return isAllowedAt(limit.hours, now) ? undefined : new Invalid('account-outside-hours', describeHours(nextChange(limit.hours, now)));
  }
}

function describeHours(opens: number | undefined): string {
  return `loginAllowedTimeMap allows no login ${opens === undefined ? 'at any hour' : `before ${describeTime(opens)}`}`;
}

/** The same day at each run, so that a run that changes nothing writes nothing. */
function pastDay(limit: AccountLimit): number {
  return limit.kind === 'ends' ? Math.max(PAST_DAY, Math.floor(limit.at / DAY)) : PAST_DAY;
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
