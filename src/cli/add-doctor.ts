/**
 * `holdfast doctor` on the command line.
 */
import type { Command } from 'commander';
import type { DoctorCommandOptions } from './doctor-command.ts';
import type { Settle } from './invocation.ts';

export function addDoctor(program: Command, settle: Settle, signal: AbortSignal): void {
  program
    .command('doctor')
    .description('look at everything between the directory and a login, and say what is wrong and what mends it; status 1 for a problem')
    .option('-v, --verbose', 'list what is fine as well')
    .option('--offline', 'ask nobody on the network')
    .option('--json', 'report as JSON')
    .action(async (_options: unknown, command: Command) => {
      const { runDoctor } = await import('./doctor-command.ts');
      settle(await runDoctor(command.optsWithGlobals<DoctorCommandOptions>(), signal));
    });
}
