import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../../src/caches/manifest.ts';
import type { Plan } from '../../../src/policy/plan.ts';
import { commitOf, formatCommitEvent } from '../../../src/sync/hooks/commit-event.ts';
import type { SyncOutcome, SyncReport } from '../../../src/sync/report.ts';

const nothing = { before: 0, after: 0, added: [], removed: [], changed: [] };
const plan = { passwd: nothing, group: nothing, shadow: nothing, keys: nothing } as unknown as Plan;
const manifest = { generation: 7, createdAt: '2026-11-24T10:15:00.000Z', why: 'changed', counts: {} } as unknown as Manifest;
const commit = { manifest, plan };
const hold = { findings: [], since: new Date(0), digest: '', approvalRefused: false, plan, isFirst: false };

describe('commitOf', () => {
  test.each<[string, SyncOutcome]>([
    ['a new generation', { kind: 'committed', isApproved: false, ...commit }],
    ['what a guard lets through', { kind: 'held', ...hold, reduced: commit }],
    ['what is left while a source has nothing to give', { kind: 'kept', reduced: commit }],
  ])('is %s', (_what, outcome) => {
    expect(commitOf(reportOf(outcome))).toMatchObject(commit);
    expect(formatCommitEvent(reportOf(outcome), commit, '/')).toContain(`"outcome":"${outcome.kind}"`);
  });

  test.each<[string, SyncOutcome]>([
    ['nothing has changed', { kind: 'unchanged', manifest }],
    ['a guard holds all of it', { kind: 'held', ...hold }],
    ['a source has nothing to give', { kind: 'kept' }],
  ])('is nothing where %s', (_what, outcome) => {
    expect(commitOf(reportOf(outcome))).toBeUndefined();
  });
});

test('of a crowd some are named and the rest are counted, so that the event fits a pipe that nobody reads', () => {
  const crowd = Array.from({ length: 1000 }, (_, number) => ({ key: String(number).padStart(32, 'x') }));
  const all = { before: 1000, after: 1000, added: crowd, removed: crowd, changed: crowd };
  const most = { passwd: all, group: all, shadow: all, keys: all } as unknown as Plan;
  const event = formatCommitEvent(reportOf({ kind: 'unchanged', manifest }), { manifest, plan: most }, '/');
  expect(event).toMatch(/^[^\n]+\n$/);
  expect(event.length).toBeLessThan(65_536);
  const { changes } = JSON.parse(event) as { changes: { keys: { removed: { names: string[] } } } };
  expect(changes.keys.removed).toMatchObject({ count: 1000, more: 900 });
  expect(changes.keys.removed.names).toEqual(crowd.slice(0, 100).map(({ key }) => key));
});

function reportOf(outcome: SyncOutcome): SyncReport {
  return { outcome } as unknown as SyncReport;
}
