/**
 * A login's keys, one by one: what policy says of each, and whether sshd gets it now.
 */
import type { AuthorizedKey } from '../../directory/authorized-key.ts';
import { labelKey } from '../../directory/key-label.ts';
import { formatKeyOptions } from '../../directory/key-options.ts';
import { NO_KEYS, unpackKeys } from '../../directory/key-lines.ts';
import type { LoginName } from '../../directory/names.ts';
import type { Invalid, Rejection } from '../../directory/rejection.ts';
import type { DirectoryUser } from '../../directory/snapshot.ts';
import type { Claims } from '../../policy/uids/claims.ts';
import type { KeyPolicy } from '../../policy/host-policy.ts';
import { refuseKey } from '../../policy/keys/keys.ts';
import { KeyStanding } from '../../policy/keys/key-standing.ts';
import { commentOf, fingerprintOf, fingerprintOfKey } from '../keys/key-fingerprint.ts';
import { expiryOf } from '../keys/key-expiry.ts';
import type { LastGood } from '../last-good.ts';

export type KeyVerdict =
  /** Goes to sshd. */
  | 'given'
  /** Goes to sshd, which refuses it: its own `expiry-time` is over. */
  | 'expired'
  /** Not good enough for [policy.keys], revoked, or too old. */
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
  /** Why it is refused; of a key that is given, what there is to warn of. */
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

/** What is wrong with a key, or will be. */
interface Said {
  readonly invalid: Invalid;
  readonly refuses: boolean;
  /** Its reason where everything is listed. */
  readonly finding: string;
}

/** @param sharers of a shared account, whose keys it takes */
export function explainKeys(
  { judgement, policy: { keys: policy }, agedKeys }: LastGood,
  login: LoginName,
  { served, sharers, now }: { readonly served: readonly AuthorizedKey[]; readonly sharers: readonly LoginName[]; readonly now: Date },
): KeysReport {
  const { claims, view } = judgement;
  const user = claims.users.get(login);
  const own = unpackKeys(user?.keys ?? NO_KEYS);
  const said = judgeOwn(user, own, policy, new KeyStanding(policy, { fingerprint: fingerprintOf, agedKeys }));
  // Those that are given are other objects, and carry what was added to them.
  const warnings = new Map([...said].filter(([, { refuses }]) => !refuses).map(([key, one]) => [fingerprintOfKey(key), one]));
  const owners = ownersOf(sharers, claims);
  const given = unpackKeys(view.keys.get(login) ?? NO_KEYS);
  const known = { own, given: byFingerprint(given), served: byFingerprint(served) };
  const all = new Map([...known.served, ...byFingerprint(own), ...known.given]);
  return {
    keys: [...all].map(([fingerprint, key]) => {
      const owner = owners.get(fingerprint);
      return {
        ...describeKey(fingerprint, key, { known, said: said.get(key) ?? warnings.get(fingerprint), now }),
        ...(owner === undefined ? {} : { owner }),
      };
    }),
    findings: view.rejections.filter(({ map, key }) => map === 'keys' && key === login).filter(isNotAmong(said)),
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

/** What there is to say of each of a person's own keys. The same keys were judged for the view, where a refusal is a finding. */
function judgeOwn(
  user: DirectoryUser | undefined,
  keys: readonly AuthorizedKey[],
  policy: KeyPolicy,
  standing: KeyStanding,
): ReadonlyMap<AuthorizedKey, Said> {
  if (user === undefined) return new Map();
  return new Map(keys.flatMap((key) => [[key, judge(user, key, policy, standing)] as const]).filter(hasWord));
}

function hasWord(entry: readonly [AuthorizedKey, Said | undefined]): entry is readonly [AuthorizedKey, Said] {
  return entry[1] !== undefined;
}

/** A refusal by the key's own value is said of a key that its label tells. */
function judge(user: DirectoryUser, key: AuthorizedKey, policy: KeyPolicy, standing: KeyStanding): Said | undefined {
  const byStanding = standing.refuse(user, key);
  if (byStanding !== undefined) return { invalid: byStanding, refuses: true, finding: byStanding.reason };
  const byPolicy = refuseKey(key, policy);
  if (byPolicy !== undefined) return { invalid: byPolicy, refuses: true, finding: labelKey('key', key.text, byPolicy).reason };
  const warning = standing.warn(user, key);
  return warning === undefined ? undefined : { invalid: warning, refuses: false, finding: warning.reason };
}

interface Circumstances {
  readonly known: KnownKeys;
  readonly said: Said | undefined;
  readonly now: Date;
}

function describeKey(fingerprint: string, key: AuthorizedKey, circumstances: Circumstances): KeyReport {
  const { known, said, now } = circumstances;
  const served = known.served.get(fingerprint);
  return {
    fingerprint,
    type: key.type,
    bits: key.bits,
    comment: commentOf(key),
    options: formatKeyOptions(key.options),
    verdict: judgeKey(fingerprint, key, circumstances),
    ...(said === undefined ? {} : { code: said.invalid.code, reason: said.invalid.reason }),
    served: served !== undefined,
    usable: served !== undefined && !isOver(served, now),
  };
}

function judgeKey(fingerprint: string, key: AuthorizedKey, { known, said, now }: Circumstances): KeyVerdict {
  if (known.given.has(fingerprint)) return isOver(key, now) ? 'expired' : 'given';
  if (said?.refuses === true) return 'refused';
  return known.own.includes(key) ? 'withheld' : 'left over';
}

function isOver(key: AuthorizedKey, now: Date): boolean {
  const end = expiryOf(key);
  return end !== undefined && end <= now;
}

/** What stands beside its key already is not said twice. */
function isNotAmong(said: ReadonlyMap<AuthorizedKey, Said>): (rejection: Rejection) => boolean {
  const findings = new Set([...said.values()].map(({ finding }) => finding));
  return ({ reason }) => !findings.has(reason);
}
