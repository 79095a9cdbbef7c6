/**
 * The keys that policy admits, for people and for the accounts they share.
 */
import type { AuthorizedKey } from '../../directory/authorized-key.ts';
import type { AccountKeys } from '../../directory/host-view.ts';
import { blobsOf } from '../../directory/key-blobs.ts';
import { labelKey } from '../../directory/key-label.ts';
import { type KeyLines, NO_KEYS, packKeys, unpackKeys } from '../../directory/key-lines.ts';
import type { LoginName } from '../../directory/names.ts';
import type { Invalid } from '../../directory/rejection.ts';
import type { DirectoryUser } from '../../directory/snapshot.ts';
import type { AccessRules } from '../access.ts';
import type { Claims } from '../uids/claims.ts';
import type { HostPolicy } from '../host-policy.ts';
import type { KeyStanding } from './key-standing.ts';
import { admitsUnread, refuseKey } from './keys.ts';
import type { LimitedKeys } from './limited-keys.ts';
import type { Membership } from '../membership/membership.ts';
import type { Report } from '../report.ts';
import { findSharers } from './sharers.ts';

export interface KeyRingParts {
  readonly claims: Claims;
  readonly policy: HostPolicy;
  readonly membership: Membership;
  readonly rules: AccessRules;
  readonly report: Report;
  readonly limited: LimitedKeys;
  readonly keyStanding: KeyStanding;
  /** `SHA256:…` of a key's base64 part. */
  readonly fingerprint: (blob: string) => string;
}

/** The keys that policy admits, for people and for the accounts they share. A person's keys are judged once. */
export class KeyRing {
  /** What is left for those of whose keys something was said; everybody else's are as in the directory. */
  readonly #reduced = new Map<LoginName, KeyLines>();
  readonly #claims: Claims;
  readonly #policy: HostPolicy;
  readonly #membership: Membership;
  readonly #rules: AccessRules;
  readonly #keyStanding: KeyStanding;
  readonly #report: Report;
  readonly #limited: LimitedKeys;
  readonly #fingerprint: (blob: string) => string;
  readonly #accountKeys: AccountKeys[] = [];

  constructor({ claims, policy, membership, rules, report, limited, keyStanding, fingerprint }: KeyRingParts) {
    this.#claims = claims;
    this.#policy = policy;
    this.#membership = membership;
    this.#rules = rules;
    this.#keyStanding = keyStanding;
    this.#report = report;
    this.#limited = limited;
    this.#fingerprint = fingerprint;
  }

  /** Of the shared accounts that were asked for. */
  get accountKeys(): readonly AccountKeys[] {
    return this.#accountKeys;
  }

  get sharedAccounts(): Iterable<LoginName> {
    return this.#policy.access.accounts.keys();
  }

  get openShared(): LoginName[] {
    return [...this.sharedAccounts].filter((account) => this.isOpenShared(account));
  }

  isShared(login: LoginName): boolean {
    return this.#policy.access.accounts.has(login);
  }

  /** Whether somebody may get into the shared account: a deny rule can name the account itself, too. */
  isOpenShared(login: LoginName): boolean {
    return this.isShared(login) && !this.#rules.isDenied(login);
  }

  ownKeys(login: LoginName): KeyLines {
    return this.#limited.of(login, () => this.#admittedKeys(login));
  }

  #admittedKeys(login: LoginName): KeyLines {
    const reduced = this.#reduced.get(login);
    if (reduced !== undefined) return reduced;
    const user = this.#claims.users.get(login);
    if (user === undefined) return NO_KEYS;
    const isConcerned = this.#keyStanding.concerns(user);
    if (!isConcerned && admitsUnread(user.keys, this.#policy.keys)) return user.keys;
    const keys = unpackKeys(user.keys);
    const admitted = keys.filter((key) => this.#admit(user, key));
    if (admitted.length === keys.length && !isConcerned) return user.keys;
    const lines = packKeys(admitted);
    this.#reduced.set(login, lines);
    return lines;
  }

  /** The keys of the people behind the account, except whom a deny rule names, or whose source has not answered for too long. */
  sharedKeys(account: LoginName): KeyLines {
    return this.isOpenShared(account) ? this.#limited.of(account, () => this.#sharersKeys(account)) : NO_KEYS;
  }

  #sharersKeys(account: LoginName): KeyLines {
    const sharers = findSharers(account, this.#policy.access, this.#membership)
      .map(({ name }) => name)
      .filter((name) => this.#rules.mayShare(name));
    const keys = sharers.map((person) => ({ person, own: this.ownKeys(person) })).filter(({ own }) => own !== NO_KEYS);
    const lines = packKeys(keys.flatMap(({ own }) => unpackKeys(own)));
    this.#accountKeys.push(...keys.map(({ person, own }) => this.#accountKeysOf(account, person, own)));
    this.#keyStanding.withheldBehind(account, sharers);
    return lines;
  }

  #accountKeysOf(account: LoginName, person: LoginName, own: KeyLines): AccountKeys {
    const until = this.#limited.endOf(person);
    const fingerprints = [...blobsOf(own)].map((blob) => this.#fingerprint(blob));
    return { account, person, fingerprints, ...(until === undefined ? {} : { until }) };
  }

  #admit(user: DirectoryUser, key: AuthorizedKey): boolean {
    const refusal = this.#keyStanding.refuse(user, key) ?? this.#refuseByPolicy(key);
    const warning = refusal === undefined ? this.#keyStanding.warn(user, key) : undefined;
    if (refusal !== undefined) this.#report.add('quarantined', user, 'keys', refusal, this.#keyStanding.fingerprintOf(key));
    if (warning !== undefined) this.#report.add('adjusted', user, 'keys', warning);
    return refusal === undefined;
  }

  #refuseByPolicy(key: AuthorizedKey): Invalid | undefined {
    const refusal = refuseKey(key, this.#policy.keys);
    return refusal === undefined ? undefined : labelKey('key', key.text, refusal);
  }
}
