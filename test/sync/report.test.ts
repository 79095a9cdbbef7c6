import { describe, expect, test } from 'vitest';
import { type ErrorCode, HoldfastError } from '../../src/errors.ts';
import { exitStatus } from '../../src/exit-status.ts';
import { type SyncReport, syncStatus } from '../../src/sync/report.ts';

type Outcome = ErrorCode | 'ok';

interface Asked {
  readonly sources: readonly Outcome[];
  readonly map?: Outcome;
  readonly groups?: readonly Outcome[];
}

function statusOf({ sources, map = 'ok', groups = [] }: Asked): number {
  const report: SyncReport = {
    outcome: { kind: 'kept' },
    hostAccess: {
      groups: groups.map((outcome) => ({ reference: 'imds-tag:A', ...failureOf(outcome) })),
      map: { reference: 's3://maps/a', ...failureOf(map) },
    },
    approvalUnused: false,
    sources: sources.map((outcome, index) => ({ name: `source-${index}`, fresh: outcome === 'ok', ...failureOf(outcome) })),
    rejections: [],
    accessFaults: [],
    warnings: [],
    audit: undefined,
  };
  return syncStatus(report);
}

function failureOf(outcome: Outcome): { failure?: HoldfastError } {
  return outcome === 'ok' ? {} : { failure: new HoldfastError(outcome, 'failed') };
}

describe('syncStatus', () => {
  test.each<[string, Asked, keyof typeof exitStatus]>([
    ['nothing fails', { sources: ['ok', 'ok'], groups: ['ok'] }, 'ok'],
    ['the one source refuses us', { sources: ['source-refused'] }, 'refused'],
    ['all sources refuse us', { sources: ['source-refused', 'source-refused'] }, 'refused'],
    ['one of two sources refuses us', { sources: ['ok', 'source-refused'] }, 'tryLater'],
    ['the data of one of two sources is refused', { sources: ['data-refused', 'ok'] }, 'tryLater'],
    ['sources fail in two ways', { sources: ['source-refused', 'configuration'] }, 'tryLater'],
    ['the map is refused, whatever else fails', { sources: ['source-unavailable', 'ok'], map: 'data-refused' }, 'dataRefused'],
    [
      'the data of the one source is refused, and access groups fail',
      { sources: ['data-refused'], groups: ['configuration'] },
      'dataRefused',
    ],
    ['AWS refuses us the map', { sources: ['ok'], map: 'source-refused' }, 'refused'],
    ['map and source refuse us', { sources: ['source-refused'], map: 'source-refused' }, 'refused'],
    ['the map refuses us, and one of two sources fails', { sources: ['ok', 'source-refused'], map: 'source-refused' }, 'tryLater'],
    ['metadata refuse us', { sources: ['ok'], groups: ['source-refused'] }, 'tryLater'],
    ['a file of access groups is mistaken', { sources: ['ok'], groups: ['ok', 'configuration'] }, 'configuration'],
  ])('when %s', (_when, asked, status) => {
    expect(statusOf(asked)).toBe(exitStatus[status]);
  });
});
