/**
 * Which folders are not there, asked of a program that can be left behind: a folder on a dead file server holds whoever looks at it for ever.
 */
import { type ProgramOptions, runProgram } from './program.ts';

/** Builtins alone; names come in lines, and a home has no line break in it. */
const SCRIPT = 'while IFS= read -r path; do [ -d "$path" ] || printf "%s\\n" "$path"; done';

/** @param paths without line breaks @returns a text for why nobody knows */
export async function findMissingFolders(paths: readonly string[], options: ProgramOptions): Promise<ReadonlySet<string> | string> {
  const input = paths.map((path) => `${path}\n`).join('');
  const outcome = await runProgram(['sh', '-c', SCRIPT], { ...options, input });
  switch (outcome.kind) {
    case 'ended':
      return new Set(outcome.stdout.toString().split('\n'));
    case 'late':
      return `no answer within ${outcome.seconds} s: is a file server down?`;
    case 'absent':
      return 'there is no sh';
    case 'failed':
      return outcome.reason;
  }
}
