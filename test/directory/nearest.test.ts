import { array, assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countSlips, nearest } from '../../src/directory/nearest.ts';

describe('nearest', () => {
  test.each<[string, string, string[], string | undefined]>([
    ['a letter left out', 'web-prd', ['db-prod', 'web-prod'], 'web-prod'],
    ['two that changed places', 'wbe-prod', ['web-prod'], 'web-prod'],
    ['the one with fewer slips, wherever it stands', 'web-prod', ['web-brod1', 'web-brod', 'x'], 'web-brod'],
    ['the first of equals', 'web-prod', ['web-proa', 'web-prob'], 'web-proa'],
    ['nothing that is another name', 'web', ['ops', 'database'], undefined],
  ])('takes %s', (_what, text, candidates, found) => {
    expect(nearest(text, candidates)).toBe(found);
  });

  test('is what comparing with every one finds', () => {
    const name = string({ unit: constantFrom('a', 'b', 'c', '-', 'é', '!'), minLength: 1, maxLength: 9 });
    assert(
      property(name, array(name, { maxLength: 12 }), (text, candidates) => {
        const most = Math.max(1, Math.floor(text.length / 3));
        const slips = candidates.map((candidate) => countSlips(text, candidate, Number.MAX_SAFE_INTEGER));
        const fewest = Math.min(...slips);
        expect(nearest(text, candidates)).toBe(fewest <= most ? candidates[slips.indexOf(fewest)] : undefined);
      }),
    );
  });

  test('compares few of a hundred thousand letter by letter', () => {
    const groups = Array.from({ length: 100_000 }, (_, index) => `team-${index.toString(36)}-${['web', 'db', 'mail', 'build'][index % 4]}`);
    let compared = 0;
    const counting = (from: string, to: string, most: number): number => {
      compared += 1;
      return countSlips(from, to, most);
    };
    expect(nearest('tema-zz-web', ['tema-zz-webb', ...groups, 'team-zz-web'], counting)).toBe('tema-zz-webb');
    expect(compared).toBeLessThan(100);
    compared = 0;
    expect(nearest('ops', groups, counting)).toBeUndefined();
    expect(compared).toBeLessThan(100);
  });

  test('does not compare with more than 2000, whatever they are', () => {
    const groups = Array.from({ length: 100_000 }, () => 'bewprod1');
    let compared = 0;
    nearest('webprod', groups, () => {
      compared += 1;
      return Number.POSITIVE_INFINITY;
    });
    expect(compared).toBe(2000);
  });
});
