import { describe, expect, test } from 'vitest';
import { BerReader } from '../../../src/sources/ldap/message-reader.ts';
import { describeResult, isRefusal, readResult, resultHints } from '../../../src/sources/ldap/result-codes.ts';
import { bindResponse } from '../../support/ldap-response.ts';

describe('readResult', () => {
  test('reads code and diagnostic message, and steps over the rest', () => {
    const { operation } = bindResponse({ code: 10, matchedDn: 'dc=org', diagnostic: 'elsewhere', referrals: ['ldap://b/'] });
    const message = new BerReader(operation, 0, operation.length);
    expect(readResult(message, 0x61)).toEqual({ code: 10, diagnostic: 'elsewhere' });
    expect(message.atEnd).toBe(true);
  });

  test("makes the server's words safe for one line of a terminal", () => {
    const { operation } = bindResponse({ code: 49, diagnostic: `no\r\nholdfast: fine\u001b[2J\u202e${'x'.repeat(1000)}` });
    const { diagnostic } = readResult(new BerReader(operation, 0, operation.length), 0x61);
    expect(diagnostic).toMatch(/^no holdfast: fine \[2J x+…$/);
    expect(diagnostic.length).toBe(301);
  });
});

describe('describeResult', () => {
  test.each([
    [{ code: 49, diagnostic: '' }, 'invalidCredentials (49)'],
    [{ code: 4, diagnostic: 'too many' }, 'sizeLimitExceeded (4): "too many"'],
    [{ code: 118, diagnostic: '' }, 'result code 118'],
  ])('%j is %s', (result, text) => {
    expect(describeResult(result)).toBe(text);
  });
});

describe('isRefusal', () => {
  test('is true for what waiting does not mend, and for nothing else', () => {
    const refusals = Array.from({ length: 128 }, (_, code) => code).filter((code) => isRefusal({ code, diagnostic: '' }));
    expect(refusals).toEqual([7, 8, 13, 48, 49, 50]);
  });
});

describe('resultHints', () => {
  test.each([
    [3, /limits/],
    [4, /limits/],
    [7, /another method in \[source\.bind\]/],
    [8, /starttls/],
    [10, /uris/],
    [11, /limits/],
    [12, /paged results/],
    [13, /starttls/],
    [14, /another method in \[source\.bind\]/],
    [32, /base/],
    [34, /spelling/],
    [48, /anonymous/],
    [49, /dn and password/],
    [50, /read/],
    [51, /next run/],
    [52, /next run/],
    [53, /its log/],
  ])('for %i say what to do', (code, hint) => {
    expect(resultHints({ code, diagnostic: '' })).toEqual([expect.stringMatching(hint)]);
  });

  test('are none where nothing is known', () => {
    expect(resultHints({ code: 80, diagnostic: '' })).toEqual([]);
  });
});
