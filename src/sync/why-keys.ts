/**
 * A login's keys, one by one: what policy says of each, and whether sshd gets it now.
 */
import type { AuthorizedKey } from '../directory/authorized-key.ts';
import { labelKey } from '../directory/key-label.ts';
import { formatKeyOptions } from '../directory/key-options.ts';
import { NO_KEYS, unpackKeys } from '../directory/key-lines.ts';
import type { LoginName } from '../directory/names.ts';
import type { Invalid, Rejection } from '../directory/rejection.ts';
import type { Claims } from '../policy/claims.ts';
import type { KeyPolicy } from '../policy/host-policy.ts';
import { refuseKey } from '../policy/keys.ts';
import { commentOf, fingerprintOfKey } from './key-fingerprint.ts';
import { expiryOf } from './key-expiry.ts';
import type { LastGood } from './last-good.ts';

export type KeyVerdict =
  /** Goes to sshd. */
  | 'given'
  /** Goes to sshd, which refuses it: its own `expiry-time` is over. */
  | 'expired'
  /** Not good enough for [policy.keys]. */
  | 'refused'
  /** Good, but whoever has it may not log in here. */
  | 'withheld'
  /** Served still, though neither directory nor policy gives it any more. */
  | 'left over';

export interface KeyReport {
  readonly fingerprint: string;
  readonly type: AuthorizedKey['type'];
  readonly bits: number;
  readonly comment: string;
  /** As in the line for sshd; empty for most keys. */
  readonly options: string;
  readonly verdict: KeyVerdict;
  readonly code?: string;
  readonly reason?: string;
  /** The lookup command prints it. */
  readonly served: boolean;
  /** And as it is printed, sshd takes it now. */
  readonly usable: boolean;
  /** Whose key it is, in a shared account. */
  readonly owner?: LoginName;
}

export interface KeysReport {
  readonly keys: readonly KeyReport[];
  /** Of keys that could not be read, and of whatever else withholds keys. */
  readonly findings: readonly Rejection[];
}

/** A login's keys that are known: those of the entry, those that policy gives, those that are served. */
interface KnownKeys {
  readonly own: readonly AuthorizedKey[];
  readonly given: ReadonlyMap<string, AuthorizedKey>;
  readonly served: ReadonlyMap<string, AuthorizedKey>;
}

/** @param sharers of a shared account, whose keys it takes */
export function explainKeys(
  { judgement, policy: { keys: policy } }: LastGood,
  login: LoginName,
  { served, sharers, now }: { readonly served: readonly AuthorizedKey[]; readonly sharers: readonly LoginName[]; readonly now: Date },
): KeysReport {
  const { claims, view } = judgement;
  const own = unpackKeys(claims.users.get(login)?.keys ?? NO_KEYS);
  const owners = ownersOf(sharers, claims);
  const given = unpackKeys(view.keys.get(login) ?? NO_KEYS);
  const known = { own, given: byFingerprint(given), served: byFingerprint(served) };
  const all = new Map([...known.served, ...byFingerprint(own), ...known.given]);
  return {
    keys: [...all].map(([fingerprint, key]) => {
      const owner = owners.get(fingerprint);
      return { ...describeKey(fingerprint, key, known, policy, now), ...(owner === undefined ? {} : { owner }) };
    }),
    findings: view.rejections.filter(({ map, key }) => map === 'keys' && key === login).filter(isNotOf(own, policy)),
  };
}

/** The shared accounts that one of these keys opens. */
export function sharedAccountsOf({ judgement, policy }: LastGood, keys: readonly KeyReport[]): LoginName[] {
  const fingerprints = new Set(keys.map(({ fingerprint }) => fingerprint));
  return [...policy.access.accounts.keys()].filter((account) =>
    unpackKeys(judgement.view.keys.get(account) ?? NO_KEYS).some((key) => fingerprints.has(fingerprintOfKey(key))),
  );
}

function ownersOf(people: readonly LoginName[], { users }: Claims): Map<string, LoginName> {
  return new Map(
    people.flatMap((name) => unpackKeys(users.get(name)?.keys ?? NO_KEYS).map((key) => [fingerprintOfKey(key), name] as const)),
  );
}

function byFingerprint(keys: readonly AuthorizedKey[]): Map<string, AuthorizedKey> {
  return new Map(keys.map((key) => [fingerprintOfKey(key), key]));
}

function describeKey(fingerprint: string, key: AuthorizedKey, known: KnownKeys, policy: KeyPolicy, now: Date): KeyReport {
  const refusal = known.own.includes(key) ? refuseKey(key, policy) : undefined;
  const served = known.served.get(fingerprint);
  const verdict = judgeKey(fingerprint, key, known, refusal, now);
  return {
    fingerprint,
    type: key.type,
    bits: key.bits,
    comment: commentOf(key),
    options: formatKeyOptions(key.options),
    verdict,
    ...(verdict === 'refused' && refusal !== undefined ? { code: refusal.code, reason: refusal.reason } : {}),
    served: served !== undefined,
    usable: served !== undefined && !isOver(served, now),
  };
}

function judgeKey(fingerprint: string, key: AuthorizedKey, known: KnownKeys, refusal: Invalid | undefined, now: Date): KeyVerdict {
  if (known.given.has(fingerprint)) return isOver(key, now) ? 'expired' : 'given';
  if (refusal !== undefined) return 'refused';
  return known.own.includes(key) ? 'withheld' : 'left over';
}

function isOver(key: AuthorizedKey, now: Date): boolean {
  const end = expiryOf(key);
  return end !== undefined && end <= now;
}

/** A refusal that stands beside its key already is not said twice. */
function isNotOf(keys: readonly AuthorizedKey[], policy: KeyPolicy): (rejection: Rejection) => boolean {
  const said = new Set(
    keys.flatMap((key) => {
      const refusal = refuseKey(key, policy);
      return refusal === undefined ? [] : [labelKey('key', key.text, refusal).reason];
    }),
  );
  return ({ reason }) => !said.has(reason);
}
