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
  let json = false;
  const program = createProgram(
    (settled) => {
      status = settled;
    },
    interrupted.signal,
    (options) => {
      json = options.json ?? false;
    },
  );
  try {
    await program.parseAsync();
    return status;
  } catch (error) {
    return await reportFailure(error, new Output({ json }));
  }
}

async function reportFailure(error: unknown, output: Output): Promise<ExitStatus> {
  // commander has printed its own message; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.ok : exitStatus.usage;
  if (error instanceof HoldfastError) {
    if (output.json) await reportJson(error, output);
    output.error(error);
    return exitStatusOf(error.code);
  }
  output.bug(error);
  return exitStatus.bug;
}

/** Its reader gets one object on stdout whatever happens; the text for people is on stderr as always. */
async function reportJson(error: HoldfastError, output: Output): Promise<void> {
  const { failureJson } = await import('./cli/failure-json.ts');
  output.resultJson(failureJson(error));
}

void main().then((status) => {
  process.exitCode = status;
});
