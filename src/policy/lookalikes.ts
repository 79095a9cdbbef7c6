/**
 * Names that differ in case only: `alice` and `Alice` are two accounts to Linux, and one to the people who read a log, to Samba
 * and to a mail server.
 *
 * The one that this host already shows keeps its name; where it shows none of them, or several, none gets it.
 */
import { Invalid, type MapName, printable, type Rejection, rejectionOf } from '../directory/rejection.ts';

interface Claimant {
  readonly source: string;
  readonly dn: string;
  readonly name: string;
}

/** Takes them out of `owners`. @param isShown asked only for names that have a double */
export function refuseLookalikes<Key, T extends Claimant>(
  owners: Map<Key, T>,
  map: MapName,
  isShown: (claimant: T) => boolean,
): Rejection[] {
  return [...findLookalikes(owners).values()].flatMap((alike) => {
    const shown = alike.filter(([, claimant]) => isShown(claimant));
    const [keeper] = shown.length === 1 ? shown : [];
    return alike
      .filter((one) => one !== keeper)
      .map(([key, claimant]) => {
        owners.delete(key);
        const [, other = claimant] = keeper ?? alike.find(([, { name }]) => name !== claimant.name) ?? [];
        return quarantined(map, claimant, other);
      });
  });
}

/** By the name in lower case. Without a capital letter anywhere, nobody is looked at twice. */
function findLookalikes<Key, T extends Claimant>(owners: ReadonlyMap<Key, T>): Map<string, [Key, T][]> {
  const lookalikes = new Map<string, [Key, T][]>();
  const claimants = [...owners.values()];
  if (!claimants.some(({ name }) => /[A-Z]/.test(name))) return lookalikes;
  const seen = new Set<string>();
  for (const { name } of claimants) {
    const folded = name.toLowerCase();
    if (seen.has(folded)) lookalikes.set(folded, []);
    seen.add(folded);
  }
  if (lookalikes.size > 0) for (const one of owners) lookalikes.get(one[1].name.toLowerCase())?.push(one);
  return lookalikes;
}

function quarantined(map: MapName, { source, name }: Claimant, other: Claimant): Rejection {
  const reason = `"${name}" differs in case only from "${other.name}" (${printable(other.dn)})`;
  return rejectionOf({ verdict: 'quarantined', source, map, key: name }, new Invalid('name-lookalike', reason));
}
