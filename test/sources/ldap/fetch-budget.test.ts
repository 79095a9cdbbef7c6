import { describe, expect, test } from 'vitest';
import { FetchBudget } from '../../../src/sources/ldap/fetch-budget.ts';
import { answerSearch, startFakeLdap } from '../../support/fake-ldap.ts';
import { failureOf, fetchAll, ldapSource } from '../ldap-source.ts';

const entries = Array.from({ length: 6 }, (_, index) => ({
  dn: `uid=user${index},ou=people,dc=example,dc=org`,
  attributes: { uid: [`user${index}`], uidNumber: [String(10_000 + index)], gidNumber: ['5000'], homeDirectory: ['/home/x'] },
}));

describe('FetchBudget', () => {
  test('has room for as many entries and bytes as it says', () => {
    const budget = new FetchBudget({ entries: 2, bytes: 100 });
    budget.take(60);
    budget.take(40);
    expect(() => budget.take(0)).toThrow('the directory has more than 2 entries (max_entries)');
  });

  test('is over with the first byte beyond it', () => {
    const budget = new FetchBudget({ entries: 2, bytes: 100 });
    expect(() => budget.take(101)).toThrow('the directory has more than 100 bytes (max_bytes)');
  });

  test.each([
    [{ entries: 12, bytes: 10_000 }, undefined],
    [{ entries: 11, bytes: 10_000 }, 'after 5 entries: the directory has more than 11 entries (max_entries)'],
    [{ entries: 12, bytes: 1000 }, /^after \d entr(?:y|ies): the directory has more than 1000 bytes \(max_bytes\)$/],
  ])('counts people and groups of a fetch together: %o', async (limits, reason) => {
    await using server = await startFakeLdap({ search: (request) => answerSearch(entries, request) });
    const fetched = fetchAll(ldapSource(server.uri, { limits, pageSize: 4 }));
    if (reason === undefined) {
      expect((await fetched).users).toHaveLength(6);
      return;
    }
    const { code, message, hints } = await failureOf(fetched);
    expect(code).toBe('source-unavailable');
    expect(message.replace(/^.*?, (?=after)/, '')).toMatch(reason);
    expect(hints[0]).toMatch(/^when it is really that large, raise max_(?:entries|bytes) in/);
  });
});
