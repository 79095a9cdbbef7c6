/**
 * Whether the next generation has room beside this one.
 */
import type { DiskSpace } from '../../host/disk-space.ts';
import { count } from '../phrases.ts';
import { type Finding, finding, found, notChecked, type Verdict } from './finding.ts';
import { shellPath } from './shell-path.ts';

export interface DiskFacts {
  readonly folder: string;
  readonly space: DiskSpace;
  /** What a run writes when everything changes: a generation, and the snapshots. */
  readonly needed: { readonly bytes: number; readonly files: number };
}

/** Below this many times what a run writes, somebody should look. */
const COMFORT = 4;
/** A host without a generation needs a little, too: 16 MiB, and a file for each bucket of keys. */
const LEAST = { bytes: 16 * 1024 * 1024, files: 1100 };

export function judgeDisk({ folder, space, needed }: DiskFacts): Verdict {
  if (space.kind === 'unknown') return notChecked(`${folder}: ${space.reason}`);
  const bytes = Math.max(needed.bytes, LEAST.bytes);
  const files = Math.max(needed.files, LEAST.files);
  const mend = `df -h ${shellPath(folder)}; journalctl --vacuum-size=100M; apt-get clean`;
  return found(
    ...judgeAmount(space.freeBytes, bytes, `${size(space.freeBytes)} are free for ${folder}, and a run may need ${size(bytes)}`, mend),
    ...(space.freeInodes === undefined
      ? []
      : judgeAmount(
          space.freeInodes,
          files,
          `${count(space.freeInodes, 'inode is', 'inodes are')} free for ${folder}, and a run may need ${count(files, 'file', 'files')}`,
          `df -i ${shellPath(folder)}; du --inodes -xd1 / | sort -n | tail`,
        )),
  );
}

function judgeAmount(free: number, needed: number, what: string, mend: string): Finding[] {
  if (free < needed) return [finding('disk-too-full', what, mend)];
  return free < needed * COMFORT ? [finding('disk-low', what, mend)] : [];
}

/** `1.5 GiB` */
function size(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** power;
  return `${amount < 10 && power > 0 ? amount.toFixed(1) : Math.floor(amount)} ${units[power]}`;
}
