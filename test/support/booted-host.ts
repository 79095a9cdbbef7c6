/**
 * A whole Debian, booted by systemd in a container of its own, with a disk that is gone with it and no network but loopback.
 *
 * The container is below a PID namespace of its own, and that dies with the tests, however they end: systemd-nspawn, killed alone, would leave
 * a running systemd behind.
 */
import { retry } from './free-port.ts';
import { childrenOf, expectSuccess, finish, type ProgramResult, type RunningProgram, startProgram } from './running-program.ts';

/** test/install-servers.sh has made it, with a mark that no real machine has. */
const TREE = '/var/cache/holdfast-tests/bookworm';
const MARK = '/etc/holdfast-test-host';

/** Not through nsenter alone: whatever it enters has to bear the mark. */
const ON_MARKED_HOST = `[ -e ${MARK} ] || { echo "this is not a test host" >&2; exit 97; }; exec "$@"`;

/** What systemd-nspawn leaves behind when it is killed, it leaves in folders that are gone with it. */
const CONTAIN = `
mount --bind "$1" /mnt
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
exec systemd-nspawn --quiet --register=no --keep-unit --private-network --volatile=overlay --directory="$2" --machine=holdfast-test \
  --bind-ro=/mnt --console=read-only --boot
`;

export class BootedHost {
  readonly #program: RunningProgram;
  readonly #init: number;

  private constructor(program: RunningProgram, init: number) {
    this.#program = program;
    this.#init = init;
  }

  /** @param shared a folder of this machine that the host sees as /mnt, and cannot write to */
  static async boot(shared: string): Promise<BootedHost> {
    const program = startProgram([
      ...['setpriv', '--pdeathsig', 'KILL', '--', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--'],
      ...['sh', '-c', CONTAIN, 'sh', shared, TREE],
    ]);
    await program.waitFor(/Reached target .*[Mm]ulti-[Uu]ser/);
    const init = childrenOf(program.pid).flatMap(childrenOf).flatMap(childrenOf).at(0);
    if (init === undefined) throw new Error(`no container: ${program.stdout}${program.stderr}`);
    return new BootedHost(program, init);
  }

  /** What a program of this machine is started by to be in the host's network, and in nothing else of it. */
  get withinNetwork(): readonly string[] {
    return ['nsenter', `--target=${this.#init}`, '--net', '--'];
  }

  /** Runs a script of sh(1) in / of the host; any way for it to end is a result. */
  async run(script: string): Promise<ProgramResult> {
    const host = ['nsenter', `--target=${this.#init}`, '--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--root', '--'];
    const environment = [
      'env',
      '-i',
      '--chdir=/',
      'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
      'HOME=/root',
      'LC_ALL=C.UTF-8',
      'DEBIAN_FRONTEND=noninteractive',
    ];
    const program = startProgram([...host, ...environment, 'sh', '-c', ON_MARKED_HOST, 'sh', 'sh', '-c', script]);
    return await finish(program, {});
  }

  /** @returns stdout of a script that has to succeed */
  async on(script: string): Promise<string> {
    const result = await this.run(script);
    expectSuccess(result, [script]);
    return result.stdout;
  }

  /** Tries until it succeeds, for what systemd does in its own time. */
  async eventually(script: string): Promise<string> {
    return await retry(100, async () => await this.on(`${script} || { sleep 0.2; exit 1; }`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#program.signal('SIGKILL');
    await this.#program.ended;
  }
}
