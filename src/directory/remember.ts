/**
 * Texts that thousands share, parsed once.
 */

/** At most this many texts: a directory that gives everybody another shell must not grow the memory. */
export const REMEMBERED_MAX = 1000;
/** More characters than any honest account's limits have. */
export const REMEMBERED_LENGTH = 512;

export function remember<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const earlier = known.get(text);
    if (earlier !== undefined) return earlier;
    const parsed = parse(text);
    if (known.size < REMEMBERED_MAX) known.set(text, parsed);
    return parsed;
  };
}
