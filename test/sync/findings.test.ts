import { describe, expect, test } from 'vitest';
import type { Rejection } from '../../src/directory/rejection.ts';
import { compareFindings, digestFindings } from '../../src/sync/findings.ts';

const judy: Rejection = {
  verdict: 'quarantined',
  source: 'corp',
  map: 'passwd',
  key: 'judy',
  code: 'id-out-of-range',
  reason: 'uid 70000',
};
const mike: Rejection = { ...judy, key: 'mike' };
const web: Rejection = { verdict: 'adjusted', source: 'corp', map: 'group', key: 'web', code: 'member-unknown', reason: '"carol"' };

function compare(now: readonly Rejection[], earlier: readonly Rejection[]): Record<string, string[]> {
  const { news, known, resolved } = compareFindings(digestFindings(now), digestFindings(earlier));
  const codes = (found: typeof news): string[] => found.map(({ code, count }) => `${code} ${count}`);
  return { news: codes(news), known: codes(known), resolved: codes(resolved) };
}

describe('compareFindings', () => {
  test.each<[string, Rejection[], Rejection[], Record<string, string[]>]>([
    ['knows what is as before, in whatever order', [judy, mike], [mike, judy], { news: [], known: ['id-out-of-range 2'], resolved: [] }],
    ['has what was not there', [judy, web], [judy], { news: ['member-unknown 1'], known: ['id-out-of-range 1'], resolved: [] }],
    ['has another person with the same reason', [mike], [judy], { news: ['id-out-of-range 1'], known: [], resolved: [] }],
    [
      'has another reason of the same person',
      [{ ...judy, reason: 'uid 70001' }],
      [judy],
      { news: ['id-out-of-range 1'], known: [], resolved: [] },
    ],
    ['has what is there no more', [], [web], { news: [], known: [], resolved: ['member-unknown 1'] }],
  ])('%s', (_what, now, earlier, told) => {
    expect(compare(now, earlier)).toEqual(told);
  });

  test('takes what a record of an earlier version has for news', () => {
    const [finding] = digestFindings([judy]);
    const { news } = compareFindings(finding === undefined ? [] : [finding], [{ code: judy.code, verdict: judy.verdict, count: 1 }]);
    expect(news).toEqual([finding]);
  });
});
