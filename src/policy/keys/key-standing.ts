/**
 * What is known of a key besides what it says itself: that it was revoked here, or how long it has been in use.
 *
 * These are decisions of the host's owner, so whoever loses a key by them has not vanished, and no guard asks for a person.
 */
import type { AuthorizedKey } from '../../directory/authorized-key.ts';
import { blobOf, blobsOf } from '../../directory/key-blobs.ts';
import type { LoginName } from '../../directory/names.ts';
import { Invalid } from '../../directory/rejection.ts';
import type { DirectoryUser } from '../../directory/snapshot.ts';
import type { KeyPolicy } from '../host-policy.ts';
import { type AgedKeys, refuseAge, warnOfAge } from './key-age.ts';

export interface KeyRecords {
  /** `SHA256:…` as `ssh-keygen -l` prints it, of a key's base64 part. */
  readonly fingerprint: (blob: string) => string;
  /** Absent when `max_age` is off. */
  readonly agedKeys?: AgedKeys | undefined;
}

export class KeyStanding {
  /** Whose keys were withheld, some or all. */
  readonly withheld = new Set<LoginName>();
  readonly #revoked: ReadonlySet<string>;
  readonly #records: KeyRecords;

  constructor({ revoked }: KeyPolicy, records: KeyRecords) {
    this.#revoked = revoked;
    this.#records = records;
  }

  /** False: there is nothing to say of any of this person's keys. */
  concerns(user: DirectoryUser): boolean {
    return this.#records.agedKeys?.of(user) !== undefined || this.#hasRevoked(user);
  }

  fingerprintOf(key: AuthorizedKey): string {
    return this.#records.fingerprint(blobOf(key));
  }

  refuse(user: DirectoryUser, key: AuthorizedKey): Invalid | undefined {
    const blob = blobOf(key);
    const refusal = this.#refuseRevoked(blob) ?? this.#judgeAge(user, blob, refuseAge);
    if (refusal !== undefined) this.withheld.add(user.name);
    return refusal;
  }

  /** For a key that is not refused. */
  warn(user: DirectoryUser, key: AuthorizedKey): Invalid | undefined {
    return this.#judgeAge(user, blobOf(key), warnOfAge);
  }

  /** What is withheld from the people behind a shared account is withheld from the account. */
  withheldBehind(account: LoginName, people: readonly LoginName[]): void {
    if (people.some((name) => this.withheld.has(name))) this.withheld.add(account);
  }

  #hasRevoked({ keys }: DirectoryUser): boolean {
    if (this.#revoked.size === 0) return false;
    for (const blob of blobsOf(keys)) if (this.#revoked.has(this.#records.fingerprint(blob))) return true;
    return false;
  }

  #refuseRevoked(blob: string): Invalid | undefined {
    if (this.#revoked.size === 0) return undefined;
    const fingerprint = this.#records.fingerprint(blob);
    if (!this.#revoked.has(fingerprint)) return undefined;
    return new Invalid('key-revoked', `${fingerprint} is in the list of [policy.keys] revoked`);
  }

  #judgeAge(user: DirectoryUser, blob: string, judge: typeof refuseAge): Invalid | undefined {
    const { agedKeys, fingerprint } = this.#records;
    const firstSeen = agedKeys?.of(user)?.get(blob);
    return agedKeys === undefined || firstSeen === undefined ? undefined : judge(firstSeen, agedKeys, fingerprint(blob));
  }
}
