/**
 * The difference of two texts as diff -u prints it, so that a person sees, and patch(1) could apply, exactly what changes.
 */
const CONTEXT = 3;
/** Beyond that many comparisons, what differs is shown as one block that goes and one that comes. */
const COMPARISONS_MAX = 4_000_000;

/** One line of either text, or of both. */
interface Line {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

export interface Labels {
  readonly before: string;
  readonly after: string;
}

/** Empty for equal texts. */
export function unifiedDiff(before: string, after: string, labels: Labels): string {
  if (before === after) return '';
  const lines = compare(splitLines(before), splitLines(after));
  return [`--- ${labels.before}`, `+++ ${labels.after}`, ...hunksOf(lines)].map((line) => `${line}\n`).join('');
}

const NO_NEWLINE = '\n\\ No newline at end of file';

/** A last line without a line break is another line than one with. */
function splitLines(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  return last === '' ? lines : [...lines, `${last}${NO_NEWLINE}`];
}

function compare(before: readonly string[], after: readonly string[]): Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let same = 0;
  while (same < Math.min(before.length, after.length) - start && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  return [
    ...signed(' ', before.slice(0, start)),
    ...compareMiddle(before.slice(start, before.length - same), after.slice(start, after.length - same)),
    ...signed(' ', before.slice(before.length - same)),
  ];
}

function signed(sign: Line['sign'], texts: readonly string[]): Line[] {
  return texts.map((text) => ({ sign, text }));
}

/** By the longest common subsequence: `lengths[i][j]` is that of what follows line i and line j. */
function compareMiddle(before: readonly string[], after: readonly string[]): Line[] {
  if (before.length * after.length > COMPARISONS_MAX) return [...signed('-', before), ...signed('+', after)];
  const lengths = commonLengths(before, after);
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, now] = [before[i], after[j]];
    if (old !== undefined && old === now) {
      lines.push({ sign: ' ', text: old });
      i += 1;
      j += 1;
    } else if (old !== undefined && (now === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ sign: '-', text: old });
      i += 1;
    } else {
      lines.push({ sign: '+', text: now ?? '' });
      j += 1;
    }
  }
  return lines;
}

function commonLengths(before: readonly string[], after: readonly string[]): readonly Uint32Array[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    const [row, next] = [lengths[i], lengths[i + 1]];
    if (row === undefined || next === undefined) continue;
    for (let j = after.length - 1; j >= 0; j -= 1) {
      row[j] = before[i] === after[j] ? (next[j + 1] ?? 0) + 1 : Math.max(next[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return lengths;
}

/** Changes with three lines around them; those that are near each other are in one. */
function hunksOf(lines: readonly Line[]): string[] {
  const changed = lines.flatMap(({ sign }, index) => (sign === ' ' ? [] : index));
  const spans: [start: number, end: number][] = [];
  for (const index of changed) {
    const last = spans.at(-1);
    const [start, end] = [Math.max(0, index - CONTEXT), Math.min(lines.length, index + CONTEXT + 1)];
    if (last !== undefined && start <= last[1]) last[1] = end;
    else spans.push([start, end]);
  }
  return spans.flatMap(([start, end]) => [headOf(lines, start, end), ...lines.slice(start, end).map(({ sign, text }) => `${sign}${text}`)]);
}

function headOf(lines: readonly Line[], start: number, end: number): string {
  const range = (other: Line['sign']): string => {
    const count = (part: readonly Line[]): number => part.filter(({ sign }) => sign !== other).length;
    const length = count(lines.slice(start, end));
    // An empty range is named by the line before it.
    const first = count(lines.slice(0, start)) + (length === 0 ? 0 : 1);
    return length === 1 ? `${first}` : `${first},${length}`;
  };
  return `@@ -${range('+')} +${range('-')} @@`;
}
