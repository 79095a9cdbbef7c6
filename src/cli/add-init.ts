/**
 * `holdfast init` on the command line.
 */
import { type Command, Option } from 'commander';
import type { InitCommandOptions } from './init-command.ts';
import type { Settle } from './invocation.ts';

export function addInit(program: Command, settle: Settle, signal: AbortSignal): void {
  program
    .command('init')
    .description('make a first configuration of what a directory says of itself; what is not said is asked at the terminal')
    .option('--uri <uri...>', 'servers of the directory, ldaps://host[:port]')
    .option('--ca <file>', 'CA of the servers (default: /etc/holdfast/tls/ca.pem, if it is there)')
    .option('--cert <file>', 'certificate of this host (default: client.crt there)')
    .option('--key <file>', 'its private key (default: client.key there)')
    .addOption(new Option('--tls <mode>', 'for ldap:// URIs (default: starttls)').choices(['starttls', 'off']))
    .option('--server-name <name>', "name in the servers' certificates, where it is not that of the URI")
    .addOption(new Option('--bind <method>', 'default: external with a certificate').choices(['external', 'simple', 'anonymous']))
    .option('--bind-dn <dn>', 'who binds with a password')
    .option('--password-file <file>', 'file with that password')
    .option('--base <dn>', 'search base (default: what the server names)')
    .addOption(new Option('--schema <schema>', 'default: by what entries have').choices(['rfc2307', 'rfc2307bis', 'ipa', 'ad']))
    .addOption(new Option('--access-group <group...>', 'groups that may log in here').conflicts('everyone'))
    .option('--everyone', 'everybody of the directory may log in here')
    .option('--print', 'print the configuration, and write nothing')
    .option('--force', 'replace a configuration that is there')
    .action(async (_options: unknown, command: Command) => {
      const { runInit } = await import('./init-command.ts');
      settle(await runInit(command.optsWithGlobals<InitCommandOptions>(), signal));
    });
}
