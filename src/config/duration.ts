/**
 * Durations as an operator writes them: `"10s"`, `"5m"`, `"1h"`, `"7d"`, or `"0"`.
 */
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds; undefined for anything else than a number with one unit. At most about 27 years. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^([1-9][0-9]{0,4})([smhd])$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

/** The largest unit that divides it, for messages: 300000 is "5m". */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0';
  for (const unit of ['d', 'h', 'm']) {
    const size = UNITS[unit] ?? 1;
    if (milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds / 1000}s`;
}
