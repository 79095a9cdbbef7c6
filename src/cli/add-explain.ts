/**
 * `holdfast explain` on the command line.
 */
import type { Command } from 'commander';
import type { JsonOption, Settle } from './invocation.ts';

export function addExplain(program: Command, settle: Settle): void {
  program
    .command('explain')
    .description('say what a code means that holdfast has printed, who can log in meanwhile, and what to do')
    .argument('[code...]', 'such as source-unavailable or id-duplicate; without one, all are listed')
    .option('--json', 'as JSON')
    .action(async (codes: string[], _options: unknown, command: Command) => {
      const { runExplain } = await import('./explain-command.ts');
      settle(runExplain(codes, command.optsWithGlobals<JsonOption>()));
    });
}
