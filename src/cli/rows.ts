/**
 * Labels in a column and texts beside them, for a screen of 100 columns.
 */

/** A row without lines is left out. */
export type Row = readonly [label: string, lines: readonly string[]];

export const SCREEN_WIDTH = 100;

export function renderRows(rows: readonly Row[]): string {
  const shown = rows.filter(([, lines]) => lines.length > 0);
  const width = Math.max(...shown.map(([label]) => label.length)) + 2;
  return shown
    .flatMap(([label, lines]) =>
      lines.flatMap((line) => wrap(line, SCREEN_WIDTH - width)).map((line, index) => [index === 0 ? label : '', line]),
    )
    .map(([label = '', line = '']) => `${label.padEnd(width)}${line}\n`)
    .join('');
}

/** A label of one or two words with its text some spaces to the right. */
const LABEL = /^ *[^ ]+(?: [^ ]+)? {2,}/;

/** Between words, but not between a number and its sign. */
const BREAK = / (?!%)/;

/** Breaks a line at spaces. What follows is below the text of a label, or else a little to the right. A long word stays whole. */
export function wrap(line: string, width: number): string[] {
  const indent = ' '.repeat(line.length - line.trimStart().length);
  const hanging = ' '.repeat(LABEL.exec(line)?.[0].length ?? indent.length + 2);
  const lines: string[] = [];
  let current = indent;
  for (const word of line.trimStart().split(BREAK)) {
    const isFirst = current.trim() === '';
    if (!isFirst && current.length + 1 + word.length > width) {
      lines.push(current);
      current = `${hanging}${word}`;
    } else current = isFirst ? `${current}${word}` : `${current} ${word}`;
  }
  return [...lines, current];
}
