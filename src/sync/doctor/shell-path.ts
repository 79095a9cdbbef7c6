/**
 * A path as a word of a command that somebody pastes into a shell.
 */
const PLAIN = /^[A-Za-z0-9_./@%+=:-]+$/;

export function shellPath(path: string): string {
  return PLAIN.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
