/**
 * What somebody may have meant who misspelt a name.
 */

/** A guess is not worth more of a run's time: beyond so many that may be it, the best so far is. */
const COMPARED_MAX = 2000;

type SlipCounter = (from: string, to: string, most: number) => number;

/**
 * The candidate with the fewest slips, if these are few for its length; the first of equals.
 *
 * A run may look through a hundred thousand groups: what cannot be nearer than the best so far is not compared letter by letter.
 */
export function nearest(text: string, candidates: Iterable<string>, slipsBetween: SlipCounter = countSlips): string | undefined {
  const mayBeWithin = screen(text);
  let most = Math.max(1, Math.floor(text.length / 3));
  let best: string | undefined;
  let compared = 0;
  for (const candidate of candidates) {
    if (!mayBeWithin(candidate, most)) continue;
    compared += 1;
    const slips = slipsBetween(text, candidate, most);
    if (slips <= most) {
      best = candidate;
      most = slips - 1;
    }
    if (most < 0 || compared === COMPARED_MAX) break;
  }
  return best;
}

/** Whether a candidate may be within so many slips, by length and letters: each slip puts in or takes away one letter at most. */
export function screen(text: string): (candidate: string, most: number) => boolean {
  const letters = lettersOf(text);
  return (candidate, most) => {
    if (Math.abs(candidate.length - text.length) > most) return false;
    const others = lettersOf(candidate);
    return bitsOf(letters & ~others) <= most && bitsOf(others & ~letters) <= most;
  };
}

/** One bit for each of 32 kinds of letters. */
function lettersOf(text: string): number {
  let letters = 0;
  for (let index = 0; index < text.length; index += 1) letters |= 1 << (text.charCodeAt(index) & 31);
  return letters;
}

function bitsOf(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/** Letters left out, added, replaced, or two that changed places (optimal string alignment); more than `most` counts as infinite. */
export function countSlips(from: string, to: string, most: number): number {
  if (Math.abs(from.length - to.length) > most) return Number.POSITIVE_INFINITY;
  let [last, row]: number[][] = [[], Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) next.push(slipsAt({ from, to, i, j, last, row, next }));
    if (Math.min(...next, ...(row ?? [])) > most) return Number.POSITIVE_INFINITY;
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
