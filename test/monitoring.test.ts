/**
 * Dashboard and alert rules go by metrics that there are, and alert when they should.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRICS } from '../src/sync/metrics/names.ts';
import { checkRules, testRules } from './support/promtool.ts';

const folder = join(import.meta.dirname, '../packaging/monitoring');
const FILES = ['holdfast-dashboard.json', 'holdfast.rules.yml'] as const;

test.each(FILES)('%s names no metric that does not exist', (file) => {
  const named = readFileSync(join(folder, file), 'utf8').match(/\bholdfast_\w+/g) ?? [];
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !Object.hasOwn(METRICS, name))).toEqual([]);
});

test('the dashboard is JSON, with panels that do not share an id or a place', () => {
  const { panels } = JSON.parse(readFileSync(join(folder, 'holdfast-dashboard.json'), 'utf8')) as {
    panels: readonly { id: number; gridPos: { x: number; y: number } }[];
  };
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(new Set(panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)).size).toBe(panels.length);
});

test('the rules are what Prometheus understands', async () => {
  expect(await checkRules(join(folder, 'holdfast.rules.yml'))).toMatchObject({ status: 0 });
});

test('the rules alert when they should, and not when all is well', async () => {
  const { status, stdout, stderr } = await testRules(join(import.meta.dirname, 'holdfast.rules.test.yml'));
  expect(status, stdout + stderr).toBe(0);
});
