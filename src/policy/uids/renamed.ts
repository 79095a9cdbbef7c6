/**
 * Whom a rule means that names somebody who is called otherwise now.
 *
 * A name is the directory's to give. A rule that keeps a name out means the person who had it, so it goes on meaning whoever the uid
 * ledger says had it, and whoever has it now as well.
 */
import type { LoginName } from '../../directory/names.ts';
import type { DirectoryUser } from '../../directory/snapshot.ts';
import { type Owner, type OwnerOf, UNKNOWN_OWNER, type UidHolding, type UidLedger } from '../../directory/uid-holding.ts';

/** By the name that they have now, the one that a rule names. */
export type Renamed = ReadonlyMap<LoginName, LoginName>;

const NOBODY: Renamed = new Map();

/**
 * @param people of the directory, as far as it can be read: the ledger knows of a new name only after the run that shows it
 */
export function findRenamed(names: readonly LoginName[], ledger: UidLedger, people: Iterable<DirectoryUser>, ownerOf: OwnerOf): Renamed {
  if (names.length === 0) return NOBODY;
  const { named, former } = findOwners(new Set(names), ledger);
  const owners = new Map([...former, ...named]);
  if (owners.size === 0) return NOBODY;
  const renamed = new Map<LoginName, LoginName>();
  const see = (name: string, owner: Owner): void => {
    const meant = owners.get(owner);
    if (meant !== undefined) renamed.set(name as LoginName, meant);
  };
  for (const { name, owner } of heldBy([...former.keys()], ledger)) see(name, owner);
  for (const user of people) see(user.name, ownerOf(user));
  for (const name of names) renamed.delete(name);
  return renamed;
}

interface Owners {
  /** Those who have such a name, as far as the ledger knows. */
  readonly named: ReadonlyMap<Owner, LoginName>;
  /** Those who had one. */
  readonly former: ReadonlyMap<Owner, LoginName>;
}

function findOwners(names: ReadonlySet<string>, { held, past }: UidLedger): Owners {
  const now = [...held.placesOf(names).values()].flat().map((index) => held.read(index));
  return { named: byOwner(now), former: byOwner(past.filter(({ name }) => names.has(name))) };
}

/** What stands for everybody whose id is not known tells nobody. */
function byOwner(holdings: readonly UidHolding[]): Map<Owner, LoginName> {
  const known = holdings.filter(({ owner }) => owner !== UNKNOWN_OWNER);
  return new Map(known.map(({ owner, name }) => [owner, name as LoginName]));
}

/** Where the directory cannot be read, the ledger has their names. */
function* heldBy(owners: readonly Owner[], { held }: UidLedger): Generator<UidHolding> {
  if (owners.length === 0) return;
  for (let index = 0; index < held.count; index += 1) {
    if (owners.some((owner) => held.isOwner(index, owner))) yield held.read(index);
  }
}
