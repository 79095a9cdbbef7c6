/**
 * The table that the bench prints: a row for each thing measured, with what it is compared to and the limit that it has.
 */
import type { Samples } from './samples.ts';

export interface Row {
  readonly what: string;
  readonly unit: keyof typeof UNITS;
  readonly samples: Samples;
  /** The value's own limit, in its unit. */
  readonly limit?: number;
  readonly beside?: Comparison;
}

export interface Comparison {
  readonly what: string;
  readonly samples: Samples;
  readonly limit?: Limit;
}

export interface Limit {
  readonly ratio: number;
  /** `apart`: neither may be more than that times the other. */
  readonly kind: 'at-most' | 'apart';
}

/** A section of the table; a text stands for what could not be measured. */
export interface Section {
  readonly title: string;
  readonly rows: readonly (Row | string)[];
}

/** Digits after the point. */
const UNITS = { ms: 2, s: 2, MB: 1, kB: 1, files: 0, requests: 0 } as const;

const HEAD = ['', 'median', 'least to most', 'ratio', 'to', 'limit'] as const;
const RIGHT_ALIGNED = new Set([1, 2, 3]);

export function renderTable(sections: readonly Section[]): string {
  const cells = [HEAD, ...sections.flatMap(({ rows }) => rows.filter((row) => typeof row !== 'string').map(cellsOf))];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, column) => (RIGHT_ALIGNED.has(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const body = sections.flatMap(({ title, rows }) => [
    '',
    title,
    ...rows.map((row) => (typeof row === 'string' ? `  ${row}` : line(cellsOf(row)))),
  ]);
  return `${[line(HEAD), ...body].join('\n')}\n`;
}

function cellsOf({ what, unit, samples, limit, beside }: Row): string[] {
  const digits = UNITS[unit];
  const spread = samples.min === samples.max ? '' : `${samples.min.toFixed(digits)} to ${samples.max.toFixed(digits)}`;
  const ratio = beside === undefined ? undefined : samples.ratiosTo(beside.samples).median;
  return [
    `  ${what}`,
    `${samples.median.toFixed(digits)} ${unit}`,
    spread,
    ratio === undefined ? '' : ratio.toFixed(2),
    beside?.what ?? '',
    [
      ...(limit === undefined ? [] : [verdict(`${limit} ${unit}`, samples.median <= limit)]),
      ...(ratio === undefined || beside?.limit === undefined ? [] : [ratioVerdict(beside.limit, ratio)]),
    ].join(', '),
  ];
}

function ratioVerdict({ ratio: most, kind }: Limit, ratio: number): string {
  return verdict(`ratio ${most}`, (kind === 'apart' ? Math.max(ratio, 1 / ratio) : ratio) <= most);
}

function verdict(limit: string, isKept: boolean): string {
  return `${limit}: ${isKept ? 'kept' : 'MISSED'}`;
}
