/**
 * Names that somebody may have meant who typed another.
 */

const SUGGESTIONS_MAX = 5;
/** Mistyped letters in a name: beyond that it is another one. */
const DISTANCE_MAX = 2;

/** The nearest first: those that differ in case alone, then by single letters put in, left out or exchanged. */
export function similarNames(name: string, known: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  // Of a short name, two other letters leave nothing.
  const most = Math.min(DISTANCE_MAX, Math.floor(wanted.length / 2));
  const near = [...new Set(known)]
    .filter((one) => one !== name && Math.abs(one.length - wanted.length) <= most)
    .map((one) => ({ one, distance: editDistance(wanted, one.toLowerCase()) }))
    .filter(({ distance }) => distance <= most);
  near.sort((a, b) => a.distance - b.distance || a.one.localeCompare(b.one));
  return near.slice(0, SUGGESTIONS_MAX).map(({ one }) => one);
}

/** Levenshtein's. */
function editDistance(a: string, b: string): number {
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const exchanged = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(exchanged, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    last = row;
  }
  return last[b.length] ?? 0;
}
