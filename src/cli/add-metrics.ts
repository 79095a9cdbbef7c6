/**
 * `holdfast metrics` on the command line.
 */
import type { Command } from 'commander';
import type { GlobalOptions, Settle } from './invocation.ts';

export function addMetrics(program: Command, settle: Settle): void {
  program
    .command('metrics')
    .description('print what each run leaves in the file of [metrics], in the text format of Prometheus')
    .action(async (_options: unknown, command: Command) => {
      const { runMetrics } = await import('./metrics-command.ts');
      settle(runMetrics(command.optsWithGlobals<GlobalOptions>()));
    });
}
