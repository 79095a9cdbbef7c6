/**
 * What the figures were measured on.
 */
import { realpathSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { basename } from 'node:path';
import { runProgram } from '../support/running-program.ts';

/** Who else is at work here; to be asked before the bench is. */
export function describeLoad(): string {
  return `load average ${loadavg()
    .map((load) => load.toFixed(2))
    .join(', ')} at the start`;
}

export async function describeMachine(load: string): Promise<string> {
  const [cpu] = cpus();
  return `${[
    `${cpu?.model.trim()}, ${availableParallelism()} cores, ${(totalmem() / 1e9).toFixed(0)} GB; ${load}`,
    `Linux ${release()}, Node ${process.version.slice(1)}, ${await describePackages()}`,
  ].join('\n')}\n`;
}

/** Those whose speed is in the figures, as dpkg knows them. */
async function describePackages(): Promise<string> {
  const programs = ['/bin/sh', '/usr/bin/awk'].map((path) => basename(realpathSync(path)));
  const query = ['dpkg-query', '--show', '--showformat', `\${Package} \${Version}, `];
  const { stdout } = await runProgram([...query, ...programs, 'slapd', 'libnss-cache']);
  return stdout.replace(/, $/, '');
}
