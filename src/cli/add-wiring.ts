/**
 * `holdfast wiring …` on the command line.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { GlobalOptions, Settle } from './invocation.ts';
import type { SshConfigOptions } from './wiring-command.ts';

export function addWiring(program: Command, settle: Settle): void {
  const wiring = program.command('wiring').description('print what other programs have to be told');
  wiring
    .command('sshd')
    .description('print the sshd_config drop-in for this host: its lookup command, and whose own keys count')
    .action(async (_options: unknown, command: Command) => {
      const { runWiringSshd } = await import('./wiring-command.ts');
      settle(runWiringSshd(command.optsWithGlobals<GlobalOptions>()));
    });
  wiring
    .command('ssh-config')
    .description("print the lines of a person's ~/.ssh/config by which their ssh reaches your hosts")
    .addOption(
      new Option('--via <route>', 'through a bastion, or through Session Manager').choices(['bastion', 'ssm']).makeOptionMandatory(),
    )
    .option('--bastion <destination>', 'the bastion: [user@]host[:port]', parseDestination)
    .option('--hosts <pattern...>', 'hosts behind it, as ssh_config(5) has patterns; with ssm: i-* mi-*', collectPatterns)
    .option('--region <region>', 'AWS region, where it is not the default one', parseWord)
    .option('--profile <profile>', 'profile of the AWS CLI', parseWord)
    .action(async (_options: unknown, command: Command) => {
      const { runWiringSshConfig } = await import('./wiring-command.ts');
      settle(runWiringSshConfig(command.opts<SshConfigOptions>()));
    });
}

/** What ssh would read otherwise, or a shell: the text goes into a file that people paste from. */
function parseDestination(text: string): string {
  if (/^(?:[A-Za-z0-9._][A-Za-z0-9._-]*@)?(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/.test(text)) return text;
  throw new InvalidArgumentError('It is no [user@]host[:port].');
}

function collectPatterns(text: string, earlier: readonly string[] = []): readonly string[] {
  if (/^[A-Za-z0-9*?][A-Za-z0-9*?._:-]*$/.test(text)) return [...earlier, text];
  throw new InvalidArgumentError('It is no pattern of host names, such as *.internal or 10.0.*.');
}

function parseWord(text: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.+=,@-]{0,127}$/.test(text)) return text;
  throw new InvalidArgumentError('It is no name of AWS.');
}
