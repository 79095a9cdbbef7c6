/**
 * What somebody may have meant who misspelt a name.
 */

/** The candidate with the fewest slips, if these are few for its length; the first of equals. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(text.length / 3));
  const near = candidates
    .map((candidate) => ({ candidate, slips: countSlips(text, candidate, most) }))
    .filter(({ slips }) => slips <= most);
  return near.toSorted((a, b) => a.slips - b.slips)[0]?.candidate;
}

/** Letters left out, added, replaced, or two that changed places (optimal string alignment); more than `most` counts as infinite. */
function countSlips(from: string, to: string, most: number): number {
  if (Math.abs(from.length - to.length) > most) return Number.POSITIVE_INFINITY;
  let [last, row]: number[][] = [[], Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) next.push(slipsAt({ from, to, i, j, last, row, next }));
    [last, row] = [row, next];
  }
  return row?.[to.length] ?? Number.POSITIVE_INFINITY;
}

interface Cell {
  readonly from: string;
  readonly to: string;
  readonly i: number;
  readonly j: number;
  /** The rows above: two above, one above, and this one as far as it is known. */
  readonly last: readonly number[] | undefined;
  readonly row: readonly number[] | undefined;
  readonly next: readonly number[];
}

function slipsAt({ from, to, i, j, last, row, next }: Cell): number {
  const of = (cells: readonly number[] | undefined, column: number): number => cells?.[column] ?? Number.POSITIVE_INFINITY;
  const replaced = of(row, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
  const swapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] ? of(last, j - 2) + 1 : Number.POSITIVE_INFINITY;
  return Math.min(of(row, j) + 1, of(next, j - 1) + 1, replaced, swapped);
}
