/**
 * Names that somebody may have meant who typed another.
 */
import { countSlips, screen } from '../directory/nearest.ts';

const SUGGESTIONS_MAX = 5;
/** Mistyped letters in a name: beyond that it is another one. */
const DISTANCE_MAX = 2;

/** The nearest first: those that differ in case alone, then by single letters put in, left out, exchanged or swapped. */
export function similarNames(name: string, known: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  // Of a short name, two other letters leave nothing.
  const most = Math.min(DISTANCE_MAX, Math.floor(wanted.length / 2));
  const mayBeWithin = screen(wanted);
  const near: { readonly one: string; readonly distance: number }[] = [];
  for (const one of new Set(known)) {
    const lower = one.toLowerCase();
    if (one === name || !mayBeWithin(lower, most)) continue;
    const distance = countSlips(wanted, lower, most);
    if (distance <= most) near.push({ one, distance });
  }
  near.sort((a, b) => a.distance - b.distance || a.one.localeCompare(b.one));
  return near.slice(0, SUGGESTIONS_MAX).map(({ one }) => one);
}
