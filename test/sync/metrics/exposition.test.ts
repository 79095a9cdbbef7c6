import { describe, expect, test } from 'vitest';
import { formatSamples, type Sample } from '../../../src/sync/metrics/exposition.ts';

const quarantined = (code: string, value = 1): Sample => ({ name: 'holdfast_quarantined', labels: { code }, value });

describe('formatSamples', () => {
  test('has the lines of one name together, below its help, type and unit', () => {
    const text = formatSamples([
      quarantined('id-duplicate', 2),
      { name: 'holdfast_last_run_duration_seconds', value: 0.25 },
      quarantined('key-type'),
    ]);
    expect(text).toBe(`# HELP holdfast_quarantined Entries and keys that are withheld, by reason.
# TYPE holdfast_quarantined gauge
holdfast_quarantined{code="id-duplicate"} 2
holdfast_quarantined{code="key-type"} 1
# HELP holdfast_last_run_duration_seconds How long the last sync took.
# TYPE holdfast_last_run_duration_seconds gauge
# UNIT holdfast_last_run_duration_seconds seconds
holdfast_last_run_duration_seconds 0.25
# EOF
`);
  });

  test.each([
    ['a quote', 'a"b', String.raw`a\"b`],
    ['a backslash', String.raw`a\b`, String.raw`a\\b`],
    ['a line feed', 'a\nb 1', String.raw`a\nb 1`],
    ['half a character', 'a\uD800', 'a\uFFFD'],
  ])('lets no label out of its quotes: %s', (_what, code, escaped) => {
    expect(formatSamples([quarantined(code)])).toContain(`\nholdfast_quarantined{code="${escaped}"} 1\n`);
  });

  test('has at most 100 series of one name', () => {
    const text = formatSamples(Array.from({ length: 500 }, (_one, index) => quarantined(`code-${index}`)));
    expect(text.match(/^holdfast_quarantined\{/gm)).toHaveLength(100);
  });

  test('leaves out what is no number, with its head', () => {
    expect(formatSamples([{ name: 'holdfast_generation_commit_timestamp_seconds', value: Number.NaN }])).toBe('# EOF\n');
  });
});
