/**
 * sshd told to go by its files as they are now, and asked before whether it takes them.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { type ProgramOutcome, runProgram } from './program.ts';
import { isSystemdRunning, readSystemdUnit } from './systemd-units.ts';

const SSHD_PATHS = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'];
const UNITS = ['ssh.service', 'sshd.service'];
const PATIENCE = 10_000;
const RESTART_PATIENCE = 60_000;
/** sshd's own unit makes it, and where sshd was not started since boot there is none, for which `sshd -t` fails. */
const SEPARATION_FOLDER = '/run/sshd';

/** What `sshd -t` says against its configuration: a clause; undefined when it takes it, or is not installed. */
export async function testSshdConfig(signal: AbortSignal): Promise<string | undefined> {
  const path = SSHD_PATHS.find((candidate) => existsSync(candidate));
  if (path === undefined) return undefined;
  mkdirSync(SEPARATION_FOLDER, { recursive: true, mode: 0o755 });
  return faultOf('sshd -t', await runProgram([path, '-t'], { timeout: PATIENCE, signal }));
}

export interface Reloaded {
  /** What a person has to do; undefined where nothing is. */
  readonly left?: string;
  readonly fault?: string;
}

/**
 * One that is started by its socket reads its files at each login. Sessions go on: a restart ends the listener alone.
 *
 * @param how restart: where its unit was changed, which the program that runs cannot read
 */
export async function refreshSshd(how: 'reload' | 'restart', signal: AbortSignal): Promise<Reloaded> {
  if (!isSystemdRunning()) return { left: `systemd does not run here: ${how} sshd yourself, it goes by its old configuration until then` };
  if (how === 'restart') {
    const fault = faultOf('systemctl daemon-reload', await runProgram(['systemctl', 'daemon-reload'], { timeout: PATIENCE, signal }));
    if (fault !== undefined) return { fault };
  }
  const unit = await runningUnit(signal);
  if (unit === undefined) return {};
  const fault = faultOf(
    `systemctl ${how} ${unit}`,
    await runProgram(['systemctl', how, '--', unit], { timeout: RESTART_PATIENCE, signal }),
  );
  if (fault !== undefined) return { fault };
  return (await runningUnit(signal)) === unit ? {} : { fault: `${unit} does not run any more` };
}

async function runningUnit(signal: AbortSignal): Promise<string | undefined> {
  for (const name of UNITS) {
    const unit = await readSystemdUnit(name, signal);
    if (unit.kind === 'properties' && ['active', 'reloading'].includes(unit.properties.ActiveState)) return name;
  }
  return undefined;
}

/** @returns a clause */
export function faultOf(command: string, outcome: ProgramOutcome): string | undefined {
  switch (outcome.kind) {
    case 'absent':
      return `${command}: there is no such program`;
    case 'late':
      return `${command} gave no answer within ${outcome.seconds} s`;
    case 'failed':
      return `${command}: ${outcome.reason}`;
    case 'ended':
      if (outcome.status === 0) return undefined;
      return `${command}: status ${outcome.status}${outcome.stderr === '' ? '' : `: ${outcome.stderr.trim().split('\n').slice(0, 3).join('; ')}`}`;
  }
}
