import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../../src/errors.ts';
import { parseMoment } from '../../src/sync/moment.ts';

describe('parseMoment', () => {
  test.each([
    ['2026-11-23T10:15:00Z', '2026-11-23T10:15:00.000Z', '2026-11-23T10:15:00.999Z'],
    ['2026-11-23 10:15Z', '2026-11-23T10:15:00.000Z', '2026-11-23T10:15:59.999Z'],
    ['2026-11-23T12:15:30.250+02:00', '2026-11-23T10:15:30.250Z', '2026-11-23T10:15:30.250Z'],
    ['2026-11-23 10:15:30 +0000', '2026-11-23T10:15:30.000Z', '2026-11-23T10:15:30.999Z'],
  ])('takes %s for all of it', (text, from, to) => {
    const moment = parseMoment(text);
    expect([new Date(moment.from).toISOString(), new Date(moment.to).toISOString()]).toEqual([from, to]);
  });

  test('takes a day without a zone for a day of this host', () => {
    const { from, to } = parseMoment('2026-11-23');
    expect([from, to]).toEqual([new Date(2026, 10, 23).getTime(), new Date(2026, 10, 24).getTime() - 1]);
  });

  test.each(['', 'yesterday', '2026-13-01', '2026-11-23T25:00', '1764000000', '2026-11-23T10:15:00Z; rm'])('refuses "%s"', (text) => {
    expect(() => parseMoment(text)).toThrow(HoldfastError);
  });
});
