/**
 * What a program that starts real servers owes to the one who runs it: a sentence when it cannot, and nothing left behind.
 *
 * A signal only sets the abort signal; the program gives up at its next step, on the way out disposing of all that it holds.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '../..');

/** What `npm run build` leaves. */
export const BUILT = {
  folder: join(repository, 'dist'),
  holdfast: join(repository, 'dist/holdfast'),
  lookupCommand: join(repository, 'dist/authorized-keys'),
} as const;

/** The message is for the reader: no stack is shown. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** Runs `main` and sets the exit status: 0, 1 after an error, 128 and the signal's number after a signal. */
export async function runAsProgram(name: string, main: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interruption = new AbortController();
  let status = 1;
  // Not `once`: a second Ctrl-C would end the program in the middle of its tidying up.
  for (const signalName of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signalName, () => {
      status = 128 + constants.signals[signalName];
      interruption.abort(new Refusal(`interrupted by ${signalName}`));
    });
  }
  // `npm run demo | head`
  process.stdout.on('error', ({ message }) => interruption.abort(new Refusal(`cannot go on printing: ${message}`)));
  try {
    await main(interruption.signal);
  } catch (error) {
    process.exitCode = status;
    const reason: unknown = interruption.signal.aborted ? interruption.signal.reason : error;
    process.stderr.write(`${name}: error: ${describe(reason)}\n`);
  }
}

function describe(reason: unknown): string {
  if (reason instanceof Refusal) return reason.message;
  return reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
}

/**
 * Sees to it that this machine has what a run needs.
 *
 * @throws Refusal
 */
export function prepareMachine(): void {
  if (process.geteuid?.() !== 0) {
    throw new Refusal('must be run as root: it starts slapd and sshd, and mounts in a namespace of its own; try it with sudo');
  }
  const { status } = spawnSync('sh', [join(repository, 'test/install-servers.sh')], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Refusal('not all programs that this needs are there, and test/install-servers.sh could not install them');
  for (const path of [BUILT.holdfast, BUILT.lookupCommand]) {
    if (!existsSync(path)) throw new Refusal(`${path} is not there; first: npm run build`);
  }
  // su(1) without a login leaves a user's PATH to root, and slapd is in /usr/sbin.
  process.env['PATH'] = `${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin`;
}
