/**
 * The timers that run holdfast: which of them systemd has to be told of.
 */
import { isSystemdRunning, readSystemdUnit, type SystemdUnit } from '../../host/systemd-units.ts';
import type { HostContext } from '../context.ts';

export interface UnitChange {
  readonly unit: string;
  /** What it was, which `--undo` makes it again. */
  readonly wasEnabled: boolean;
  readonly wasActive: boolean;
}

export interface UnitPlan {
  readonly units: readonly UnitChange[];
  readonly left: readonly string[];
}

const ENABLED: ReadonlySet<string> = new Set(['enabled', 'static', 'linked', 'alias']);

export async function planUnits({ config, paths }: Pick<HostContext, 'config' | 'paths'>, signal: AbortSignal): Promise<UnitPlan> {
  const names = ['holdfast.timer', ...(config.emergency === undefined ? [] : ['holdfast-emergency.timer'])];
  const commands = `systemctl enable --now ${names.join(' ')}`;
  if (paths.root !== '/') return { units: [], left: [`below --root no program is run: on the host, ${commands}`] };
  if (!isSystemdRunning()) return { units: [], left: [`systemd does not run here: where it does, ${commands}`] };
  const found = await Promise.all(names.map(async (unit) => planUnit(unit, await readSystemdUnit(unit, signal))));
  return { units: found.flatMap(({ units }) => units), left: found.flatMap(({ left }) => left) };
}

/** One that somebody has masked is meant so. */
export function planUnit(unit: string, found: SystemdUnit): UnitPlan {
  const leave = (why: string): UnitPlan => ({ units: [], left: [why] });
  if (found.kind === 'unknown') return leave(`${unit}: ${found.reason}`);
  const { LoadState, UnitFileState, ActiveState } = found.properties;
  if (LoadState === 'not-found') return leave(`systemd knows no ${unit}: install the package again, then systemctl daemon-reload`);
  if (LoadState === 'masked' || UnitFileState.startsWith('masked'))
    return leave(`${unit} is masked, and stays so: systemctl unmask ${unit}`);
  const [wasEnabled, wasActive] = [ENABLED.has(UnitFileState), ActiveState === 'active'];
  return { units: wasEnabled && wasActive ? [] : [{ unit, wasEnabled, wasActive }], left: [] };
}
