/**
 * The lookup command as sshd runs it: as its own user, without a shell, and thrown away when its status is not 0.
 */
import type { ProgramOutcome } from './program.ts';
import { runProgram } from './program.ts';

/** Where packages put it. */
export const LOOKUP_COMMAND = '/usr/lib/holdfast/authorized-keys';

/** Milliseconds; it takes two. */
const PATIENCE = 5000;

/**
 * The words that sshd makes of `AuthorizedKeysCommand` for a login; undefined where it has a token that only a key has (`%k`).
 *
 * @see sshd_config(5), TOKENS
 */
export function lookupWords(command: string, login: string): string[] | undefined {
  const words = command.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', '')) ?? [];
  const expanded = words.map((word) => word.replaceAll(/%[%u]/g, (token) => (token === '%%' ? '%' : login)));
  const hasOthers = words.some((word) => /%[^%u]/.test(word.replaceAll('%%', '')));
  return hasOthers ? undefined : expanded;
}

export async function runLookup(
  words: readonly string[],
  identity: { readonly uid: number; readonly gid: number },
  signal: AbortSignal,
): Promise<ProgramOutcome> {
  return await runProgram(words, { timeout: PATIENCE, identity, signal });
}
