/**
 * The command line. Each command's code is loaded when it is called, so that `keys` and `--version` start at once.
 */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { VERSION } from '../version.ts';
import { addDoctor } from './add-doctor.ts';
import { addExplain } from './add-explain.ts';
import { addExport } from './add-export.ts';
import { addImportNsscache } from './add-import-nsscache.ts';
import { addInit } from './add-init.ts';
import { addMetrics } from './add-metrics.ts';
import { addSetup } from './add-setup.ts';
import { addRollback } from './add-rollback.ts';
import { addWiring } from './add-wiring.ts';
import { addExamples } from './examples.ts';
import type { ApproveUidOptions } from './approve-command.ts';
import type {
  EmergencyCommandOptions,
  GlobalOptions,
  JsonOption,
  QuarantineCommandOptions,
  Settle,
  StatusCommandOptions,
  SyncCommandOptions,
  WhoCommandOptions,
  WhyCommandOptions,
} from './invocation.ts';
import { parserOutput } from './render.ts';

const EXAMPLES = `
Examples:
  holdfast sync                       what the timer runs
  holdfast diff                       what a sync would change, and nothing else
  holdfast status                     what serves now, how old it is, what is wrong
  holdfast doctor                     what keeps people out, or soon will, and what mends it
  holdfast metrics                    the same for Prometheus
  holdfast init                       a first configuration of what a directory says
  holdfast setup                      what NSS, sshd and PAM have to be told; --apply does it
  holdfast why alice                  can she log in here, and why, or why not
  holdfast who SHA256:…               whose key sshd has logged, now or --at a time
  holdfast quarantine                 everything that is withheld or adjusted, by reason
  holdfast homes                      homes of people who are gone
  holdfast keys alice                 the keys that sshd gets for alice
  holdfast sync --approve-removals    let go what a guard holds, after reading diff
  holdfast rollback                   back to the generation before, until it is released
  holdfast emergency                  keys of the emergency users from S3; its own timer runs it
  holdfast approve uid alice          let alice have a uid that was another's
  holdfast explain tls-untrusted      what a code means, and what to do
  holdfast export                     what this host shows, for other programs

Exit status: 0 done, 1 the answer is no, 64 usage, 65 directory data refused or held, 70 bug,
73 caches not written, 75 source unavailable or lock held, 77 refused or not root, 78 configuration.`;

/** How a failure is told, where it was asked for before the command's code ran. */
export type Reporting = (options: JsonOption) => void;

export function createProgram(settle: Settle, signal: AbortSignal, reporting: Reporting = () => undefined): Command {
  const program = new Command('holdfast')
    .description('Keeps people able to log in while the directory that knows them is down.')
    .version(VERSION)
    .option('--root <dir>', 'prefix of every host path that is read or written', parseRoot, '/')
    .option('--config <file>', 'configuration file (default: /etc/holdfast/holdfast.toml)')
    .addHelpText('after', EXAMPLES)
    .configureOutput(parserOutput)
    .exitOverride()
    .hook('preAction', (_program, command) => reporting(command.opts<JsonOption>()));
  addSync(program, settle, signal);
  addDiff(program, settle, signal);
  addEmergency(program, settle, signal);
  addStatus(program, settle, signal);
  addKeys(program, settle);
  addApprove(program, settle);
  addWhy(program, settle);
  addWho(program, settle);
  addQuarantine(program, settle);
  addHomes(program, settle);
  addConfig(program, settle, signal);
  addWiring(program, settle);
  addDoctor(program, settle, signal);
  addExplain(program, settle);
  addExport(program, settle);
  addImportNsscache(program, settle);
  addInit(program, settle, signal);
  addMetrics(program, settle);
  addSetup(program, settle, signal);
  addRollback(program, settle);
  addExamples(program);
  hintAtHelp(program, 'holdfast');
  return program;
}

/** Of the command that was misspoken to, not of all. */
function hintAtHelp(command: Command, name: string): void {
  const shows = command.commands.length > 0 ? 'the commands' : 'what it takes';
  command.showHelpAfterError(`holdfast: hint: ${name} --help shows ${shows}`);
  for (const one of command.commands) hintAtHelp(one, `${name} ${one.name()}`);
}

/** Of removals, as `diff` and `sync` show it: twelve characters of it or more. */
function parseDigest(text: string): string {
  if (/^[0-9a-f]{12,64}$/.test(text)) return text;
  throw new InvalidArgumentError('It is no digest as holdfast diff shows it.');
}

/** `--root "$UNSET"` is a mistake, and not the working folder. */
function parseRoot(path: string): string {
  if (path === '') throw new InvalidArgumentError('It is empty.');
  return resolve(path);
}

function addSync(program: Command, settle: Settle, signal: AbortSignal): void {
  program
    .command('sync')
    .description('pull the whole directory and commit it as one generation')
    .option('--dry-run', 'show what would change and write nothing; the same as diff')
    .option(
      '--approve-removals [digest]',
      'let go exactly the removals that a guard holds; with a digest only those that it was shown with',
      parseDigest,
    )
    .option('--json', 'report as JSON')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<SyncCommandOptions>();
      const { runDiff, runSync } = await import('./sync-command.ts');
      settle(options.dryRun ? await runDiff(options, signal) : await runSync(options, signal));
    });
}

function addDiff(program: Command, settle: Settle, signal: AbortSignal): void {
  program
    .command('diff')
    .description('show who appears, disappears and changes, and write nothing; status 1 when something would change')
    .option('--json', 'report as JSON')
    .action(async (_options: unknown, command: Command) => {
      const { runDiff } = await import('./sync-command.ts');
      settle(await runDiff(command.optsWithGlobals<SyncCommandOptions>(), signal));
    });
}

function addEmergency(program: Command, settle: Settle, signal: AbortSignal): void {
  program
    .command('emergency')
    .description('bring the keys of the emergency users from S3 into the file that sshd reads; the directory has no part in it')
    .option('--approve-removals', 'let go exactly the keys that are held')
    .option('--json', 'report as JSON')
    .action(async (_options: unknown, command: Command) => {
      const { runEmergency } = await import('./emergency-command.ts');
      settle(await runEmergency(command.optsWithGlobals<EmergencyCommandOptions>(), signal));
    });
}

function addStatus(program: Command, settle: Settle, signal: AbortSignal): void {
  program
    .command('status')
    .description('show what serves now, how old it is, and what is wrong; status 1 when something is')
    .option('--watch [seconds]', 'show it again every 5 seconds, or so many, until Ctrl-C; on a terminal only', parseSeconds)
    .option('--json', 'report as JSON')
    .action(async (_options: unknown, command: Command) => {
      const { runStatus } = await import('./status-command.ts');
      settle(await runStatus(watched(command.optsWithGlobals<GlobalOptions & JsonOption & { watch?: number | true }>()), signal));
    });
}

/** Seconds between two looks, where nobody says otherwise: each reads all of the caches. */
const WATCH_SECONDS = 5;

function watched({ watch, ...options }: GlobalOptions & JsonOption & { readonly watch?: number | true }): StatusCommandOptions {
  return watch === undefined ? options : { ...options, watch: watch === true ? WATCH_SECONDS : watch };
}

function parseSeconds(text: string): number {
  if (/^[1-9][0-9]{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is no number of seconds from 1 to 9999.');
}

function addKeys(program: Command, settle: Settle): void {
  program
    .command('keys')
    .description('print the keys that sshd gets for a login, byte for byte')
    .argument('<login>', 'login name')
    .action(async (login: string, _options: unknown, command: Command) => {
      const { runKeys } = await import('./keys-command.ts');
      settle(await runKeys(login, command.optsWithGlobals<GlobalOptions>()));
    });
}

function addApprove(program: Command, settle: Settle): void {
  program
    .command('approve')
    .description('decide what holdfast leaves to a person')
    .command('uid')
    .description("let people have a uid that was another's, or another uid than they had; it takes effect with the next sync")
    .argument('[who...]', 'login names, uids or SOURCE/LOGIN')
    .option('--list', 'show who waits for an approval, and why')
    .option('--all', 'approve everybody whom --list shows')
    .option('--json', 'report as JSON')
    .action(async (names: string[], _options: unknown, command: Command) => {
      const { runApproveUid } = await import('./approve-command.ts');
      settle(await runApproveUid(names, command.optsWithGlobals<ApproveUidOptions>()));
    });
}

function addWhy(program: Command, settle: Settle): void {
  program
    .command('why')
    .description('explain why somebody can log in here or cannot, and print the whole path; status 1 when not')
    .argument('[login]', 'login name, or a uid')
    .option('--group <group>', 'explain a group instead; status 1 when the directory has no such group')
    .option('--json', 'report as JSON')
    .action(async (login: string | undefined, _options: unknown, command: Command) => {
      const { runWhy } = await import('./why-command.ts');
      settle(runWhy(login, command.optsWithGlobals<WhyCommandOptions>()));
    });
}

function addWho(program: Command, settle: Settle): void {
  program
    .command('who')
    .description('say whose key it is, or was at a time, by the fingerprint that sshd logs; status 1 when nobody is known')
    .argument('<key...>', 'SHA256:…, a line with one in it, a public key or its file, or - for stdin')
    .option('--at <time>', 'at this time, such as 2026-11-23T10:15:00Z; without a zone, in that of this host')
    .option('--json', 'report as JSON')
    .action(async (words: string[], _options: unknown, command: Command) => {
      const { runWho } = await import('./who-command.ts');
      settle(runWho(words, command.optsWithGlobals<WhoCommandOptions>()));
    });
}

function addQuarantine(program: Command, settle: Settle): void {
  program
    .command('quarantine')
    .description('list everything that is withheld or adjusted, by reason; status 1 when it lists anything')
    .option('--code <code>', 'only what has this reason, such as id-out-of-range')
    .option('--json', 'report as JSON')
    .action(async (_options: unknown, command: Command) => {
      const { runQuarantine } = await import('./quarantine-command.ts');
      settle(runQuarantine(command.optsWithGlobals<QuarantineCommandOptions>()));
    });
}

function addHomes(program: Command, settle: Settle): void {
  program
    .command('homes')
    .description('list home folders of people who are gone, and how to archive or remove them; status 1 when it lists any')
    .option('--json', 'report as JSON')
    .action(async (_options: unknown, command: Command) => {
      const { runHomes } = await import('./homes-command.ts');
      settle(runHomes(command.optsWithGlobals<GlobalOptions & JsonOption>()));
    });
}

function addConfig(program: Command, settle: Settle, signal: AbortSignal): void {
  const config = program.command('config').description('check, show or describe the configuration');
  config
    .command('check')
    .description('report everything that is wrong with the configuration and with the files it names')
    .option('--json', 'report as JSON')
    .action(async (_options: unknown, command: Command) => {
      const { runConfigCheck } = await import('./config-command.ts');
      settle(await runConfigCheck(command.optsWithGlobals<GlobalOptions & JsonOption>(), signal));
    });
  config
    .command('show')
    .description('print the configuration with all defaults filled in')
    .option('--json', 'as JSON instead of TOML')
    .action(async (_options: unknown, command: Command) => {
      const { runConfigShow } = await import('./config-command.ts');
      settle(runConfigShow(command.optsWithGlobals<GlobalOptions & JsonOption>()));
    });
  config
    .command('schema')
    .description('print the JSON Schema of the configuration')
    .action(async () => {
      const { runConfigSchema } = await import('./config-command.ts');
      settle(runConfigSchema());
    });
}
