/**
 * Pieces of sentences: numbers, ages, lists.
 */

export function count(number: number, one: string, many: string): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

export function people(number: number): string {
  return count(number, 'person', 'people');
}

export function groups(number: number): string {
  return count(number, 'group', 'groups');
}

/** `3 minutes`, `2 hours`, `5 days`: the largest unit that counts at least 2, so that a tired reader sees the size. */
export function age(seconds: number): string {
  for (const [unit, size] of [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const) {
    if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${unit}s`;
  }
  return count(seconds, 'second', 'seconds');
}

/** At most `most` names, then how many more. */
export function some(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).join(', ');
  return names.length <= most ? shown : `${shown} and ${(names.length - most).toLocaleString('en-US')} more`;
}

/** @param time ISO 8601 @returns never less than 0: a clock that went back is no future */
export function secondsSince(time: string, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - Date.parse(time)) / 1000));
}
