/**
 * Programs that packaging needs of the machine; each that fails ends it.
 */
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';

const root = dirname(import.meta.dirname);

/** @returns its stdout */
export function runTool([program = '', ...args]: readonly string[], environment: Readonly<Record<string, string>> = {}): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined)
    throw new Error(`${program} cannot be run: ${error.message}; sh test/install-servers.sh installs what is needed`);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed with status ${status}: ${stderr.trim()}`);
  return stdout;
}
