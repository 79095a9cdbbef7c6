import { describe, expect, test } from 'vitest';
import type { Rejection } from '../../../src/directory/rejection.ts';
import { auditFindings } from '../../../src/policy/audit/findings.ts';

describe('auditFindings', () => {
  test('writes a line each', () => {
    const events = [...auditFindings([...groups(3), ofKey('ann')])];
    expect(events.map(({ event, group, login }) => `${event} ${group ?? login}`)).toEqual([
      'group-withheld g0',
      'group-withheld g1',
      'group-withheld g2',
      'key-withheld ann',
    ]);
  });

  test('writes all of a thousand', () => {
    expect([...auditFindings(groups(1000))].map(({ event }) => event)).not.toContain('more-withheld');
  });

  test('counts a flood, which hides no key', () => {
    const events = [...auditFindings([...groups(30_000), ofKey('ann')])];
    expect(events).toHaveLength(1001);
    expect(events[0]).toMatchObject({ event: 'key-withheld', login: 'ann' });
    expect(events.at(-1)).toEqual({
      event: 'more-withheld',
      reason: { code: 'too-many', text: '29001 more are withheld, too many for a line each: id-duplicate 29001' },
    });
  });
});

function groups(count: number): Rejection[] {
  return Array.from({ length: count }, (_, index) => ({ ...FINDING, map: 'group', key: `g${index}` }));
}

function ofKey(login: string): Rejection {
  return { ...FINDING, map: 'keys', key: login, code: 'key-type', fingerprint: 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU' };
}

const FINDING: Rejection = {
  map: 'group',
  key: 'g',
  code: 'id-duplicate',
  reason: 'gid 1 is taken',
  source: 'corp',
  verdict: 'quarantined',
};
