/**
 * `holdfast generations` and `holdfast rollback` on the command line.
 */
import { type Command, InvalidArgumentError } from 'commander';
import type { GlobalOptions, JsonOption, Settle } from './invocation.ts';
import type { RollbackCommandOptions } from './rollback-command.ts';

const ROLLBACK_HELP = `
Without --restore-access nobody gets a key, a password or a membership back that they do not have now; who would is listed. With it,
everybody does but those who are refused now: denied, locked, disabled, expired, or by a key that is revoked. Passwords never come back.
It lasts until --release: runs go on, take away what is taken away, and add nothing.
`;

export function addRollback(program: Command, settle: Settle): void {
  program
    .command('generations')
    .description('list the generations that are kept: when, what is in them, what each changed, which serves')
    .option('--json', 'report as JSON')
    .action(async (_options: unknown, command: Command) => {
      const { runGenerations } = await import('./generations-command.ts');
      settle(runGenerations(command.optsWithGlobals<GlobalOptions & JsonOption>()));
    });
  program
    .command('rollback')
    .description('go back to an older generation, and stay there until it is released')
    .argument('[generation]', 'its number (default: the one before what serves)', parseGeneration)
    .option('--restore-access', 'give people back what they had then and have not now, unless they are refused')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--release', 'end it: from the next sync on the directory counts again')
    .option('--json', 'report as JSON')
    .addHelpText('after', ROLLBACK_HELP)
    .action(async (generation: number | undefined, _options: unknown, command: Command) => {
      const { runRollback } = await import('./rollback-command.ts');
      settle(await runRollback(generation, command.optsWithGlobals<RollbackCommandOptions>()));
    });
}

function parseGeneration(text: string): number {
  if (/^[1-9][0-9]{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is no number of a generation; see holdfast generations.');
}
