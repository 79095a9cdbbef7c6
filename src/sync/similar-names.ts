/**
 * Names that somebody may have meant who typed another.
 */
import { countSlips } from '../directory/nearest.ts';

const SUGGESTIONS_MAX = 5;
/** Mistyped letters in a name: beyond that it is another one. */
const DISTANCE_MAX = 2;

/** The nearest first: those that differ in case alone, then by single letters put in, left out, exchanged or swapped. */
export function similarNames(name: string, known: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  // Of a short name, two other letters leave nothing.
  const most = Math.min(DISTANCE_MAX, Math.floor(wanted.length / 2));
  const near = [...new Set(known)]
    .filter((one) => one !== name && Math.abs(one.length - wanted.length) <= most)
    .map((one) => ({ one, distance: countSlips(wanted, one.toLowerCase(), most) }))
    .filter(({ distance }) => distance <= most);
  near.sort((a, b) => a.distance - b.distance || a.one.localeCompare(b.one));
  return near.slice(0, SUGGESTIONS_MAX).map(({ one }) => one);
}
