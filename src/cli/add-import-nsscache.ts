/**
 * `holdfast import-nsscache` on the command line.
 */
import type { Command } from 'commander';
import type { GlobalOptions, Settle } from './invocation.ts';

export function addImportNsscache(program: Command, settle: Settle): void {
  program
    .command('import-nsscache')
    .description('print the configuration that does what a configuration of nsscache does, with a note for what has no equal')
    .argument('[file]', 'that of nsscache (default: /etc/nsscache.conf)')
    .action(async (file: string | undefined, _options: unknown, command: Command) => {
      const { runImportNsscache } = await import('./import-nsscache-command.ts');
      settle(runImportNsscache(file, command.optsWithGlobals<GlobalOptions>()));
    });
}
