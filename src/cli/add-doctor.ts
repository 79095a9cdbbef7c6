/**
 * `holdfast doctor` on the command line.
 */
import type { Command } from 'commander';
import type { DoctorCommandOptions } from './doctor-command.ts';
import type { Settle } from './invocation.ts';

const EXAMPLES = `
Examples:
  holdfast doctor                     what keeps people out, or soon will, and the command that mends it
  holdfast doctor --verbose           everything that was looked at
  holdfast doctor --offline           without asking a directory
  holdfast doctor --json | jq -r '.findings[].code'

Nothing is changed. Exit status: 0 no problem (warnings do not count), 1 a problem.`;

export function addDoctor(program: Command, settle: Settle, signal: AbortSignal): void {
  program
    .command('doctor')
    .description('look at everything between the directory and a login, and say what is wrong and what mends it; status 1 for a problem')
    .option('-v, --verbose', 'list what is fine as well')
    .option('--offline', 'ask nobody on the network')
    .option('--json', 'report as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, command: Command) => {
      const { runDoctor } = await import('./doctor-command.ts');
      settle(await runDoctor(command.optsWithGlobals<DoctorCommandOptions>(), signal));
    });
}
