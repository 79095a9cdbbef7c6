/**
 * Whom to look up.
 */
import type { Company, Person } from '../support/people.ts';

/** People from the whole company, so that a search from its beginning goes half way on average. */
export function pickEvenly({ count, people }: Company, wanted: number): Person[] {
  const step = Math.max(1, Math.floor(count / wanted));
  const picked: Person[] = [];
  let index = 0;
  for (const person of people) {
    if (index % step === Math.floor(step / 2) && picked.length < wanted) picked.push(person);
    index += 1;
  }
  return picked;
}

export function loginOf({ uid }: Person): string {
  return uid;
}

export function uidOf({ uidNumber }: Person): string {
  return String(uidNumber);
}
