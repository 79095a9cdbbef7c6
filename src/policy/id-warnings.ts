/**
 * Numbers that are shown and that an operator should know of: one finding for all that are alike, since a directory may have
 * given everybody such a number.
 */
import { Invalid, type MapName, type Rejection, type RejectionCode, rejectionOf } from '../directory/rejection.ts';
import type { DirectoryGroup, DirectoryUser } from '../directory/snapshot.ts';
import type { Claims } from './uids/claims.ts';
import type { IdRange } from './host-policy.ts';

/** @see https://systemd.io/UIDS-GIDS */
const DYNAMIC_RANGES: readonly (IdRange & { readonly whose: string })[] = [
  { first: 61_184, last: 65_519, whose: 'services with DynamicUser=' },
  { first: 524_288, last: 1_879_048_191, whose: 'containers' },
];

export function warnOfIds(claims: Claims): Rejection[] {
  const unknownGroup = new Tally('passwd', 'primary-group-unknown');
  const uids = new DynamicIds('passwd', 'uid');
  for (const user of claims.users.values()) {
    if (!claims.shownGroups.has(user.gid))
      unknownGroup.add(user, () => `no group that this host shows has their primary gid ${user.gid}, so that ls -l and id show the number`);
    uids.add(user, user.uid);
  }
  const gids = new DynamicIds('group', 'gid');
  for (const [gid, group] of claims.shownGroups) gids.add(group, gid);
  return [...unknownGroup.findings(), ...uids.findings(), ...gids.findings()];
}

/** The first one that something is the case for, and how many others. */
class Tally {
  readonly #map: MapName;
  readonly #code: RejectionCode;
  #first: { readonly source: string; readonly name: string; readonly reason: string } | undefined;
  #count = 0;

  constructor(map: MapName, code: RejectionCode) {
    this.#map = map;
    this.#code = code;
  }

  add({ source, name }: DirectoryUser | DirectoryGroup, reason: () => string): void {
    this.#first ??= { source, name, reason: reason() };
    this.#count += 1;
  }

  findings(): Rejection[] {
    if (this.#first === undefined) return [];
    const { source, name, reason } = this.#first;
    const others = this.#count === 1 ? '' : `; the same goes for ${this.#count - 1} more`;
    return [rejectionOf({ verdict: 'adjusted', source, map: this.#map, key: name }, new Invalid(this.#code, `${reason}${others}`))];
  }
}

class DynamicIds {
  readonly #what: 'uid' | 'gid';
  readonly #tallies: readonly Tally[];

  constructor(map: MapName, what: 'uid' | 'gid') {
    this.#what = what;
    this.#tallies = DYNAMIC_RANGES.map(() => new Tally(map, 'id-dynamic'));
  }

  add(entry: DirectoryUser | DirectoryGroup, id: number): void {
    for (const [index, { first, last, whose }] of DYNAMIC_RANGES.entries()) {
      if (id < first || id > last) continue;
      this.#tallies[index]?.add(entry, () => `${this.#what} ${id} is in the range ${first} to ${last}, from which systemd serves ${whose}`);
    }
  }

  findings(): Rejection[] {
    return this.#tallies.flatMap((tally) => tally.findings());
  }
}
