/**
 * Entry: arguments, signals, and the only exit status.
 */
import { CommanderError } from 'commander';
import { createProgram } from './cli/program.ts';
import { Output } from './cli/render.ts';
import { HoldfastError } from './errors.ts';
import { type ExitStatus, exitStatus, exitStatusOf } from './exit-status.ts';

async function main(): Promise<ExitStatus> {
  // Caches must be readable for everybody, whatever the caller's umask.
  process.umask(0o022);
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () =>
      interrupted.abort(new HoldfastError('source-unavailable', `interrupted by ${name}; the caches were not touched`)),
    );
  }
  let status: ExitStatus = exitStatus.ok;
  const program = createProgram((settled) => {
    status = settled;
  }, interrupted.signal);
  try {
    await program.parseAsync();
    return status;
  } catch (error) {
    return reportFailure(error);
  }
}

function reportFailure(error: unknown): ExitStatus {
  // commander has printed its own message; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.ok : exitStatus.usage;
  const output = new Output({ json: false });
  if (error instanceof HoldfastError) {
    output.error(error);
    return exitStatusOf(error.code);
  }
  output.bug(error);
  return exitStatus.bug;
}

void main().then((status) => {
  process.exitCode = status;
});
