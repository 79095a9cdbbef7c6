/**
 * `holdfast setup` on the command line.
 */
import { type Command, Option } from 'commander';
import type { Settle } from './invocation.ts';
import type { SetupCommandOptions } from './setup-command.ts';

export function addSetup(program: Command, settle: Settle, signal: AbortSignal): void {
  program
    .command('setup')
    .description('show what NSS, sshd, PAM and systemd have to be told of holdfast, as a diff; status 1 when something would change')
    .option('--apply', 'change it, check that it works, and put everything back if it does not')
    .addOption(
      new Option('--undo', 'put back what it has changed, unless somebody has changed it since').conflicts(['apply', 'skip', 'chain']),
    )
    .addOption(new Option('--skip <part...>', 'leave out parts of it').choices(['nsswitch', 'links', 'sshd', 'homes', 'timers']))
    .option('--no-chain', 'do not ask behind holdfast whom sshd asks for keys today')
    .option('--json', 'report as JSON')
    .action(async (_options: unknown, command: Command) => {
      const { runSetup } = await import('./setup-command.ts');
      settle(await runSetup(command.optsWithGlobals<SetupCommandOptions>(), signal));
    });
}
