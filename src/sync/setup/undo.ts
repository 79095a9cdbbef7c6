/**
 * The way back from everything that setup has changed on this host, over all the times that it was run.
 *
 * What somebody has changed since is not touched, and then nothing is: half of a wiring is worse than a whole one.
 */
import { readFileSync } from 'node:fs';
import { errnoOf } from '../../errors.ts';
import { type FileState, isSameState, readFileState } from '../../host/file-state.ts';
import { readReadableFile } from '../../host/readable-file.ts';
import { copyAfter, copyBefore, type RecordedChange, type SetupRecord } from './record.ts';
import type { Step } from './transaction.ts';
import type { UnitChange } from './units.ts';
import { unifiedDiff } from './unified-diff.ts';

export interface UndoPlan {
  readonly steps: readonly Step[];
  readonly units: readonly UnitChange[];
  readonly conflicts: readonly Conflict[];
}

export interface Conflict {
  readonly path: string;
  /** From what setup wrote to what stands there now. */
  readonly diff: string;
}

interface Way {
  readonly path: string;
  /** Oldest first. */
  readonly changes: readonly { readonly record: SetupRecord; readonly change: RecordedChange }[];
}

/** @param records oldest first */
export function planUndo(records: readonly SetupRecord[]): UndoPlan {
  const paths = [...new Set(records.flatMap(({ changes }) => changes.map(({ path }) => path)))];
  const ways = paths.map(
    (path): Way => ({
      path,
      changes: records.flatMap((record) => record.changes.filter((change) => change.path === path).map((change) => ({ record, change }))),
    }),
  );
  const planned = ways.map(planWay);
  return {
    steps: planned.flatMap(({ step }) => step ?? []).toReversed(),
    units: firstOfEach(records.flatMap(({ units }) => units)),
    conflicts: planned.flatMap(({ conflict }) => conflict ?? []),
  };
}

/** As it was before the first time. */
function firstOfEach(units: readonly UnitChange[]): UnitChange[] {
  return units.filter((one, index) => units.findIndex(({ unit }) => unit === one.unit) === index);
}

function planWay({ path, changes }: Way): { readonly step?: Step; readonly conflict?: Conflict } {
  const [first] = changes;
  const last = changes.at(-1);
  if (first === undefined || last === undefined) return {};
  const now = readFileState(path);
  const was = first.change.before;
  if (isSameState(now, was)) return {};
  const known = [last.change.after, last.change.before];
  if (!known.some((state) => isSameState(state, now)) || !isUnbroken(changes.map(({ change }) => change))) {
    return { conflict: { path, diff: differenceSince(path, now, last.record, last.change.after) } };
  }
  return {
    step: { path, before: now, to: was.kind === 'file' ? { kind: 'copy', copy: copyBefore(first.record, path), state: was } : was },
  };
}

/** A run that was killed may have left its last names as they were. */
function isUnbroken(changes: readonly RecordedChange[]): boolean {
  return changes.every((change, index) => {
    const earlier = changes[index - 1];
    return earlier === undefined || isSameState(change.before, earlier.after) || isSameState(change.before, earlier.before);
  });
}

function differenceSince(path: string, now: FileState, record: SetupRecord, after: FileState): string {
  const labels = { before: `${path} (as setup left it)`, after: `${path} (now)` };
  const diff = unifiedDiff(shownAfter(path, record, after), shownNow(path, now, after), labels);
  return diff === '' ? `${path} was changed between two runs of setup\n` : diff;
}

function shownAfter(path: string, record: SetupRecord, after: FileState): string {
  if (after.kind === 'absent') return '';
  if (after.kind === 'link') return `-> ${after.target}\n`;
  try {
    return readFileSync(copyAfter(record, path), 'utf8');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return '(no copy was kept)\n';
  }
}

/** What stands where setup made a link may be a map with password hashes. */
function shownNow(path: string, now: FileState, after: FileState): string {
  if (now.kind === 'absent') return '';
  if (now.kind === 'link') return `-> ${now.target}\n`;
  if (after.kind !== 'file') return `(a file of ${now.size} bytes)\n`;
  const file = readReadableFile(path);
  return file.kind === 'text' ? file.text : `(${file.kind === 'absent' ? 'gone' : file.reason})\n`;
}
