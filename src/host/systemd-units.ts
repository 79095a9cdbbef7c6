/**
 * What systemd says of a unit: `systemctl show`.
 */
import { existsSync } from 'node:fs';
import { runProgram } from './program.ts';

const PROPERTIES = [
  'LoadState',
  'UnitFileState',
  'ActiveState',
  'NeedDaemonReload',
  'Result',
  'ExecMainStatus',
  'ExecMainExitTimestamp',
] as const;

/** Properties that the unit has not are empty. */
export type UnitProperties = Readonly<Record<(typeof PROPERTIES)[number], string>>;

export type SystemdUnit =
  | { readonly kind: 'properties'; readonly properties: UnitProperties }
  | { readonly kind: 'unknown'; readonly reason: string };

const PATIENCE = 5000;

/** sd_booted(3) */
export function isSystemdRunning(): boolean {
  return existsSync('/run/systemd/system');
}

export async function readSystemdUnit(name: string, signal: AbortSignal): Promise<SystemdUnit> {
  const outcome = await runProgram(['systemctl', 'show', `--property=${PROPERTIES.join(',')}`, '--', name], { timeout: PATIENCE, signal });
  switch (outcome.kind) {
    case 'absent':
      return { kind: 'unknown', reason: 'systemctl is not installed' };
    case 'late':
      return { kind: 'unknown', reason: `systemctl gave no answer within ${outcome.seconds} s` };
    case 'failed':
      return { kind: 'unknown', reason: `systemctl: ${outcome.reason}` };
    case 'ended':
      if (outcome.status === 0) return { kind: 'properties', properties: parseUnitProperties(outcome.stdout.toString()) };
      return { kind: 'unknown', reason: `systemctl: ${outcome.stderr.trim().split('\n', 1)[0]}` };
  }
}

export function parseUnitProperties(text: string): UnitProperties {
  const lines = text.split('\n').map((line): [string, string] => {
    const sign = line.indexOf('=');
    return [line.slice(0, sign), line.slice(sign + 1)];
  });
  const given = new Map(lines);
  return Object.fromEntries(PROPERTIES.map((name) => [name, given.get(name) ?? ''])) as UnitProperties;
}
