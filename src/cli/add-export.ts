/**
 * `holdfast export` on the command line.
 */
import { type Command, Option } from 'commander';
import type { ExportCommandOptions } from './export-command.ts';
import type { Settle } from './invocation.ts';

export function addExport(program: Command, settle: Settle): void {
  program
    .command('export')
    .description('print what this host shows, for other programs: the maps of the generation that serves')
    .addOption(new Option('--format <format>', 'how').choices(['json', 'getent', 'ldif']).default('json'))
    .addOption(
      new Option('--map <map...>', 'which; one for getent (default: passwd group keys)').choices(['passwd', 'group', 'shadow', 'keys']),
    )
    .option('--base <dn>', 'for ldif: the entry above them, such as dc=example,dc=org')
    .action(async (_options: unknown, command: Command) => {
      const { runExport } = await import('./export-command.ts');
      settle(await runExport(command.optsWithGlobals<ExportCommandOptions>()));
    });
}
