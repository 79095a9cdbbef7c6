/**
 * A private host for tests: this machine's programs with their own /etc, NSS wiring, sshd and process ids.
 *
 * It is a mount and a PID namespace whose first process is a shell that waits for its stdin to close, so that the host
 * and everything on it end with the test run, however that ends. Every folder that a login may write to is an overlay
 * with its upper layer in a temp folder: the machine itself stays as it is. The network is the machine's own.
 */

import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the state folder appears inside the host, as on a real one. */
export const HOST_STATE_DIR = '/var/lib/holdfast';

/** Where `startSshd` puts the lookup command: root's all the way down, as sshd's safe-path check wants it. */
export const HOST_LOOKUP_COMMAND = '/usr/lib/holdfast/authorized-keys';

/** The files that libnss-cache opens by name in /etc. */
export const CACHE_FILES: readonly string[] = [
  'passwd.cache',
  'passwd.cache.ixname',
  'passwd.cache.ixuid',
  'group.cache',
  'group.cache.ixname',
  'group.cache.ixgid',
  'shadow.cache',
  'shadow.cache.ixname',
];

/** /home for new homes, /run for sshd's privilege separation folder, /var/log for lastlog and wtmp. */
const OVERLAID = ['/etc', '/home', '/run', '/usr/lib', '/var/lib', '/var/log'];

/** The state folder is bound first: it may lie below a folder that an overlay then covers. */
const INIT_SCRIPT = `
set -e
umask 022
scratch=$1
state=$2
shift 2
mount --bind "$state" "$scratch/state"
for folder; do
  layer=$scratch/layers$folder
  mount -t overlay overlay -o "lowerdir=$folder,upperdir=$layer/upper,workdir=$layer/work" "$folder"
done
mkdir -p /run/sshd ${HOST_STATE_DIR} /usr/lib/holdfast
mount --bind "$scratch/state" ${HOST_STATE_DIR}
exec 3<&0
echo ready
cat <&3 >/dev/null &
wait $!
`;

/** Not install(1) from /dev/stdin: the stdin that Node gives a program is a socket, which cannot be opened by name. */
const INSTALL_SCRIPT = `
set -e
umask 022
mkdir -p "$(dirname "$2")"
(umask 077 && cat >"$2.new")
chmod "$1" "$2.new"
mv -T "$2.new" "$2"
`;

export interface ProgramResult {
  /** `null` when a signal ended the program. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly input?: string | Buffer;
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** After that the program is killed (SIGKILL). Default 60 seconds. */
  readonly timeoutMs?: number;
}

export interface HostProgramOptions extends Omit<ProgramOptions, 'cwd'> {
  /** Runs as this uid, with the gid of the same number and no other groups; else as root. */
  readonly uid?: number;
}

export interface SshdOptions {
  /** A script on this machine; it is copied to `HOST_LOOKUP_COMMAND` and called with the login name. */
  readonly authorizedKeysCommand: string;
  readonly authorizedKeysCommandUser?: string;
  /**
   * Lines of sshd_config that win over the defaults; `Match` and what follows it goes to the end of the file. LogLevel
   * must be INFO or more: that sshd listens is known from its log.
   */
  readonly extraConfig?: string;
  readonly passwordAuth?: boolean;
  readonly usePam?: boolean;
}

export interface SshOptions {
  readonly port: number;
  /** More options of ssh(1), as `['-o', 'Name=value']`. */
  readonly options?: readonly string[];
}

/** Starts a host whose caches are those of `stateDir`, which others must be able to enter (0755), as on a real one. */
export async function startNamespaceHost({ stateDir }: { readonly stateDir: string }): Promise<NamespaceHost> {
  const scratch = await mkdtemp(join(tmpdir(), 'holdfast-host-'));
  try {
    await layOut(scratch);
    const init = startProgram([
      ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
      ...['sh', '-c', INIT_SCRIPT, 'init', scratch, stateDir, ...OVERLAID],
    ]);
    await init.waitFor(/^ready$/m);
    return new NamespaceHost(scratch, init);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    throw error;
  }
}

export class NamespaceHost {
  readonly #scratch: string;
  readonly #init: RunningProgram;
  /** The first process of the host, as this machine counts. */
  readonly pid: number;

  constructor(scratch: string, init: RunningProgram) {
    this.#scratch = scratch;
    this.#init = init;
    this.pid = onlyChildOf(init.pid);
  }

  /** The command line that runs `command` on this host from outside, for strace, faketime and the like. */
  commandLine(command: readonly string[], { uid }: { readonly uid?: number | undefined } = {}): string[] {
    const identity = uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];
    return ['nsenter', '--target', String(this.pid), '--mount', '--pid', '--', ...identity, ...command];
  }

  /** Starts `command` in `/` of this host. */
  start(command: readonly string[], { uid, ...options }: HostProgramOptions = {}): RunningProgram {
    return startProgram(this.commandLine(command, { uid }), options);
  }

  /** Runs `command` in `/` of this host. */
  async run(command: readonly string[], options: HostProgramOptions = {}): Promise<ProgramResult> {
    return await finish(this.start([...command], options), options);
  }

  /** Writes a file of this host's own /etc; a symlink of that name is replaced. `path` is absolute or below /etc. */
  async writeEtc(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
    await this.#install(join('/etc', path.replace(/^\/etc\//, '')), content, mode);
  }

  /** getent(1): status 2 means that there is no such entry. */
  async getent(map: string, key?: string): Promise<ProgramResult> {
    return await this.run(['getent', map, ...(key === undefined ? [] : ['--', key])]);
  }

  /** A real sshd on a free loopback port, which takes keys from the lookup command alone. */
  async startSshd(options: SshdOptions): Promise<Sshd> {
    await this.#install(HOST_LOOKUP_COMMAND, await readFile(options.authorizedKeysCommand), 0o755);
    const folder = await mkdtemp(join(this.#scratch, 'sshd-'));
    const hostKey = join(folder, 'host_key');
    await generateSshKey(hostKey);
    return await retry(3, async () => {
      const port = await freePort();
      const config = join(folder, `sshd_config.${port}`);
      await writeFile(config, sshdConfig(port, hostKey, options));
      return await this.#listen(config, port);
    });
  }

  async #listen(config: string, port: number): Promise<Sshd> {
    const program = this.start(['/usr/sbin/sshd', '-D', '-e', '-f', config]);
    await program.waitFor(/^Server listening on /m);
    return new Sshd(program, port);
  }

  async #install(path: string, content: string | Buffer, mode: number): Promise<void> {
    const command = ['sh', '-c', INSTALL_SCRIPT, 'install', mode.toString(8), path];
    expectSuccess(await this.run(command, { input: content }), command);
  }

  /** Ends the host and every process on it. */
  async stop(): Promise<void> {
    this.#init.closeInput();
    await this.#init.ended;
    await rm(this.#scratch, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

export class Sshd {
  readonly #program: RunningProgram;
  readonly port: number;

  constructor(program: RunningProgram, port: number) {
    this.#program = program;
    this.port = port;
  }

  /** What sshd has logged until now. */
  get log(): string {
    return this.#program.stderr;
  }

  /** Waits until sshd has logged a match; a line may come after the client has ended. */
  async waitForLog(pattern: RegExp): Promise<void> {
    await this.#program.waitFor(pattern);
  }

  /** Logs in to this sshd; see `ssh`. */
  async ssh(
    user: string,
    keyFile: string,
    command?: string,
    { options = [] }: Omit<SshOptions, 'port'> = {},
  ): Promise<ProgramResult> {
    return await ssh(user, keyFile, command, { port: this.port, options });
  }

  /** Ends the listener; sessions end with the host. */
  async stop(): Promise<void> {
    this.#program.signalInside('SIGTERM');
    await this.#program.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** The ssh client of this machine with one key, no agent, no configuration and no memory of hosts. */
export async function ssh(
  user: string,
  keyFile: string,
  command: string | undefined,
  { port, options = [] }: SshOptions,
): Promise<ProgramResult> {
  const settings = [
    ...['BatchMode=yes', 'IdentitiesOnly=yes', 'IdentityAgent=none', 'StrictHostKeyChecking=no'],
    ...['UserKnownHostsFile=/dev/null', 'GlobalKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'ConnectTimeout=10'],
  ].flatMap((setting) => ['-o', setting]);
  return await runProgram([
    ...['ssh', '-F', 'none', '-T', ...options, ...settings, '-i', keyFile, '-l', user, '-p', String(port)],
    ...['127.0.0.1', ...(command === undefined ? [] : [command])],
  ]);
}

/** Makes an ed25519 key pair without a passphrase at `path` and `path`.pub, and returns the public line. */
export async function generateSshKey(path: string): Promise<string> {
  const command = ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path];
  expectSuccess(await runProgram(command), command);
  return (await readFile(`${path}.pub`, 'utf8')).trim();
}

/** Runs a program on this machine; any way for it to end is a result. */
export async function runProgram(command: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  return await finish(startProgram(command, options), options);
}

/** Starts a program on this machine. Its stdin stays open unless `input` is given. */
export function startProgram(
  [file = '', ...args]: readonly string[],
  { input, env, cwd }: ProgramOptions = {},
): RunningProgram {
  const child = spawn(file, args, { env: { ...process.env, ...env }, cwd });
  // A program that ends without reading its input is no failure of the test.
  child.stdin.on('error', () => undefined);
  if (input !== undefined) child.stdin.end(input);
  return new RunningProgram(child);
}

/** A program that has been started and what it has written until now. */
export class RunningProgram {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #output = { stdout: '', stderr: '' };
  /** The process is over; a child that it left behind may still hold its output open. */
  readonly exited: Promise<void>;
  /** The process is over and its output complete. */
  readonly ended: Promise<ProgramResult>;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8');
      child[name].on('data', (text: string) => (this.#output[name] += text));
    }
    this.exited = new Promise((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => resolve({ status, signal, ...this.#output }));
    });
    // Not everyone who starts a program waits for its end.
    this.ended.catch(() => undefined);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`could not start "${this.#child.spawnfile}"`);
    return this.#child.pid;
  }

  get stdout(): string {
    return this.#output.stdout;
  }

  get stderr(): string {
    return this.#output.stderr;
  }

  closeInput(): void {
    this.#child.stdin.end();
  }

  /** Signals the program itself; for one on a host that is only nsenter(1). */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Signals the program that nsenter(1) runs on a host; nsenter then ends as it does. */
  signalInside(name: NodeJS.Signals): void {
    for (const pid of childrenOf(this.pid)) sendSignal(pid, name);
  }

  /** Waits until stdout or stderr matches; throws when the program ends before that. */
  async waitFor(pattern: RegExp): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (pattern.test(this.stdout) || pattern.test(this.stderr)) resolve();
    };
    const streams = [this.#child.stdout, this.#child.stderr];
    for (const stream of streams) stream.on('data', look);
    look();
    this.ended.then(
      (result) => reject(new Error(`"${this.#child.spawnfile}" ended before ${pattern}: ${describe(result)}`)),
      reject,
    );
    await promise.finally(() => streams.forEach((stream) => stream.off('data', look)));
  }
}

async function finish(program: RunningProgram, { timeoutMs = 60_000 }: ProgramOptions): Promise<ProgramResult> {
  program.closeInput();
  const timer = setTimeout(() => {
    program.signalInside('SIGKILL');
    program.signal('SIGKILL');
  }, timeoutMs);
  try {
    return await program.ended;
  } finally {
    clearTimeout(timer);
  }
}

async function layOut(scratch: string): Promise<void> {
  await mkdir(join(scratch, 'state'));
  for (const folder of OVERLAID) await makeLayer(scratch, folder);
  const etc = join(scratch, 'layers/etc/upper');
  await writeFile(join(etc, 'nsswitch.conf'), withCaches(await readFile('/etc/nsswitch.conf', 'utf8')));
  for (const name of CACHE_FILES) await symlink(`${HOST_STATE_DIR}/current/${name}`, join(etc, name));
  await makeHomesAtLogin(etc);
}

/** The upper folder's mode becomes that of the merged one. */
async function makeLayer(scratch: string, folder: string): Promise<void> {
  const layer = join(scratch, 'layers', folder);
  await mkdir(join(layer, 'work'), { recursive: true });
  await mkdir(join(layer, 'upper'));
  await chmod(join(layer, 'upper'), (await stat(folder)).mode & 0o7777);
}

function withCaches(nsswitch: string): string {
  const others = nsswitch.split('\n').filter((line) => !/^(passwd|group|shadow):/.test(line));
  return ['passwd: files cache', 'group: files cache', 'shadow: files cache', ...others].join('\n');
}

async function makeHomesAtLogin(etc: string): Promise<void> {
  const session = await readFile('/etc/pam.d/common-session', 'utf8');
  await mkdir(join(etc, 'pam.d'));
  await writeFile(join(etc, 'pam.d/common-session'), `${session}\nsession required pam_mkhomedir.so umask=0077\n`);
}

/** sshd takes the first value that it reads for a keyword, so what is asked for comes before the defaults. */
function sshdConfig(port: number, hostKey: string, options: SshdOptions): string {
  const [globals = '', ...matches] = (options.extraConfig ?? '').split(/^(?=Match\s)/im);
  return `
ListenAddress 127.0.0.1:${port}
HostKey ${hostKey}
PidFile none
AuthorizedKeysCommand ${HOST_LOOKUP_COMMAND} %u
AuthorizedKeysCommandUser ${options.authorizedKeysCommandUser ?? 'nobody'}
PasswordAuthentication ${yesNo(options.passwordAuth ?? false)}
UsePAM ${yesNo(options.usePam ?? true)}
${globals}
KbdInteractiveAuthentication no
AuthorizedKeysFile none
StrictModes yes
LogLevel VERBOSE
MaxStartups 100
${matches.join('\n')}
`;
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

/** Another program may take the port before its user does: retry. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the test server has no port');
  return address.port;
}

async function retry<Value>(times: number, attempt: () => Promise<Value>): Promise<Value> {
  try {
    return await attempt();
  } catch (error) {
    if (times <= 1) throw error;
    return await retry(times - 1, attempt);
  }
}

function onlyChildOf(pid: number): number {
  const [child] = childrenOf(pid);
  if (child === undefined) throw new Error(`process ${pid} has no child`);
  return child;
}

/** From /proc/PID/stat: not every kernel has /proc/PID/task/TID/children. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid);
}

/** The second field, the program's name, may hold spaces and parentheses; the parent is the second field after it. */
function parentOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // ended meanwhile
  }
}

function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // ended meanwhile
  }
}

function expectSuccess(result: ProgramResult, command: readonly string[]): void {
  if (result.status !== 0) throw new Error(`"${command.join(' ')}" failed: ${describe(result)}`);
}

function describe({ status, signal, stdout, stderr }: ProgramResult): string {
  return `${signal ?? `status ${status}`}\n${stdout}${stderr}`;
}
