/**
 * Gathers what systemd, the disk and the host's accounts say, and has it judged.
 */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findMisread } from '../../caches/misread.ts';
import { errnoOf } from '../../errors.ts';
import { readDiskSpace } from '../../host/disk-space.ts';
import { isSystemdRunning, readSystemdUnit } from '../../host/systemd-units.ts';
import { judgeCollisions, judgeShells } from './accounts.ts';
import { judgeDisk } from './disk.ts';
import { both, notChecked, type Verdict } from './finding.ts';
import type { DoctorHost } from './host.ts';
import { judgeGeneration } from './standing.ts';
import { judgeUnits } from './units.ts';

export function checkGeneration({ current }: DoctorHost): Verdict {
  if (typeof current === 'string') return notChecked(current);
  return judgeGeneration(current, current.state === 'whole' ? findMisread(current.generation.path) : undefined);
}

export async function checkUnits(host: DoctorHost): Promise<Verdict> {
  if (!host.isLive) return notChecked('below --root no program is run');
  if (!isSystemdRunning()) return notChecked('systemd does not run here');
  const names = ['holdfast', ...(host.config?.emergency === undefined ? [] : ['holdfast-emergency'])];
  return both(...(await Promise.all(names.map(async (name) => await checkUnit(name, host)))));
}

async function checkUnit(name: string, { signal }: DoctorHost): Promise<Verdict> {
  const [timer, service] = await Promise.all([readSystemdUnit(`${name}.timer`, signal), readSystemdUnit(`${name}.service`, signal)]);
  if (timer.kind === 'unknown') return notChecked(timer.reason);
  if (service.kind === 'unknown') return notChecked(service.reason);
  return judgeUnits({ name, timer: timer.properties, service: service.properties });
}

export function checkDisk(host: DoctorHost): Verdict {
  const { paths, current } = host;
  const files = typeof current === 'object' && current.state === 'whole' ? Object.values(current.generation.manifest.files) : [];
  const snapshots = sizesIn(paths.privateState);
  const bytes = files.reduce((sum, { size }) => sum + size, 0) + snapshots.reduce((sum, size) => sum + size, 0);
  const needed = { bytes, files: files.length + snapshots.length };
  return judgeDisk({ folder: paths.stateDirectory, space: readDiskSpace(paths.stateDirectory), needed });
}

/** None where the folder may not be read: then the estimate is a low one. */
function sizesIn(folder: string): number[] {
  try {
    return readdirSync(folder).map((name) => lstatSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}

export function checkCollisions({ view, local }: DoctorHost): Verdict {
  if (typeof local === 'string') return notChecked(local);
  return view === undefined ? notChecked('what serves cannot be read, or is nothing') : judgeCollisions(view, local);
}

export function checkShells({ view, paths }: DoctorHost): Verdict {
  if (view === undefined) return notChecked('what serves cannot be read, or is nothing');
  return judgeShells(view, (shell) => isThere(join(paths.root, shell)));
}

/** A link counts: below another root, where it leads cannot be told. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
