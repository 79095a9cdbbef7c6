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
      interrupted.abort(
        new HoldfastError('source-unavailable', `interrupted by ${name}; the caches were not touched`, { detail: 'interrupted' }),
      ),
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
    if (!output.json || !(await isReportedAsJson(error, output))) new Output({ json: false }).error(error);
    return exitStatusOf(error.code);
  }
  output.bug(error);
  return exitStatus.bug;
}

/** One object on stdout, and nothing of it on stderr; unless stdout is what failed. */
async function isReportedAsJson(error: HoldfastError, output: Output): Promise<boolean> {
  const { failureJson } = await import('./cli/failure-json.ts');
  try {
    output.resultJson(failureJson(error));
    return true;
  } catch (writeError) {
    if (!(writeError instanceof HoldfastError)) throw writeError;
    return false;
  }
}

void main().then((status) => {
  process.exitCode = status;
});
