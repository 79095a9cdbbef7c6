/**
 * A private host for tests: this machine's programs with their own /etc, NSS wiring, sshd and process ids.
 *
 * It is a mount and a PID namespace whose first process is a shell that waits for its stdin to close, so that the host
 * and everything on it end with the test run, however that ends. Every folder that a login may write to is an overlay
 * with its upper layer in a temp folder: the machine itself stays as it is. The network is the machine's own.
 */

import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, retry } from './free-port.ts';
import { childrenOf, expectSuccess, finish, startProgram } from './running-program.ts';
import type { ProgramOptions, ProgramResult, RunningProgram } from './running-program.ts';
import { generateSshKey, HOST_LOOKUP_COMMAND, Sshd, sshdConfig } from './sshd.ts';
import type { SshdOptions } from './sshd.ts';

/** Where the state folder appears inside the host, as on a real one. */
export const HOST_STATE_DIR = '/var/lib/holdfast';

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

export interface HostProgramOptions extends Omit<ProgramOptions, 'cwd'> {
  /** Runs as this uid, with the gid of the same number and no other groups; else as root. */
  readonly uid?: number;
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

async function layOut(scratch: string): Promise<void> {
  await mkdir(join(scratch, 'state'));
  for (const folder of OVERLAID) await makeLayer(scratch, folder);
  const etc = join(scratch, 'layers/etc/upper');
  await writeFile(join(etc, 'nsswitch.conf'), withCaches(await readFile('/etc/nsswitch.conf', 'utf8')));
  // Of a bare Debian: what else this machine has installed is no matter of the host.
  await writeFile(join(etc, 'shells'), SHELLS);
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

const SHELLS = '/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n/bin/rbash\n/usr/bin/rbash\n/bin/dash\n/usr/bin/dash\n';

function withCaches(nsswitch: string): string {
  const others = nsswitch.split('\n').filter((line) => !/^(passwd|group|shadow):/.test(line));
  return ['passwd: files cache', 'group: files cache', 'shadow: files cache', ...others].join('\n');
}

async function makeHomesAtLogin(etc: string): Promise<void> {
  const session = await readFile('/etc/pam.d/common-session', 'utf8');
  await mkdir(join(etc, 'pam.d'));
  await writeFile(join(etc, 'pam.d/common-session'), `${session}\nsession required pam_mkhomedir.so umask=0077\n`);
}

function onlyChildOf(pid: number): number {
  const [child] = childrenOf(pid);
  if (child === undefined) throw new Error(`process ${pid} has no child`);
  return child;
}
