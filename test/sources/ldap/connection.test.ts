import { describe, expect, test } from 'vitest';
import type { BindMethod } from '../../../src/sources/ldap/connection.ts';
import { type Step, startFakeLdap } from '../../support/fake-ldap.ts';
import { bindResponse, encodeMessage, extendedResponse, noticeOfDisconnection, oversizedMessage } from '../../support/ldap-response.ts';
import { failureOf, fetchAll, ldapSource, type SourceOptions } from '../ldap-source.ts';

const simple: BindMethod = { method: 'simple', dn: 'cn=sync,dc=example,dc=org', password: () => 'secret' };

async function failureOfBind(
  steps: () => Iterable<Step>,
  options?: SourceOptions,
): Promise<{ code: string; text: string; hints: readonly string[] }> {
  await using server = await startFakeLdap({ bind: steps });
  const { code, message, hints } = await failureOf(fetchAll(ldapSource(server.uri, options)));
  expect(message.startsWith(`${server.uri}: `)).toBe(true);
  return { code, text: message.slice(server.uri.length + 2), hints };
}

describe('a bind', () => {
  test.each<[string, BindMethod, object]>([
    ['by certificate', { method: 'external' }, { dn: '', method: 'EXTERNAL' }],
    ['of nobody', { method: 'anonymous' }, { dn: '', method: 'simple', credentials: Buffer.alloc(0) }],
    ['with a password', simple, { dn: 'cn=sync,dc=example,dc=org', method: 'simple', credentials: Buffer.from('secret') }],
  ])('%s is what is configured', async (_what, bind, request) => {
    await using server = await startFakeLdap();
    await fetchAll(ldapSource(server.uri, { bind }));
    expect(server.binds).toMatchObject([request]);
    await expect.poll(() => server.requests.map(({ operation }) => operation)).toEqual(['bind', 'search', 'search', 'unbind']);
  });

  test('takes a success in pieces, and with more in it than holdfast reads', async () => {
    const steps = (): Step[] => [{ drip: bindResponse({ referrals: ['ldap://b/'] }), pieceLength: 1, pauseMs: 1 }];
    await using server = await startFakeLdap({ bind: steps });
    expect((await fetchAll(ldapSource(server.uri))).users).toEqual([]);
  });

  test.each<[number, BindMethod, string, string, string]>([
    [
      49,
      simple,
      'source-refused',
      'simple bind as "cn=sync,dc=example,dc=org" was answered invalidCredentials (49): "no"',
      'check dn and password',
    ],
    [49, { method: 'external' }, 'source-refused', 'external bind was answered invalidCredentials (49): "no"', 'check dn and password'],
    [
      48,
      { method: 'anonymous' },
      'source-refused',
      'anonymous bind was answered inappropriateAuthentication (48): "no"',
      'anonymous binds',
    ],
    [7, { method: 'external' }, 'source-refused', 'external bind was answered authMethodNotSupported (7): "no"', 'another method'],
    [8, simple, 'source-refused', 'simple bind as "cn=sync,dc=example,dc=org" was answered strongerAuthRequired (8): "no"', 'inside TLS'],
    [
      13,
      simple,
      'source-refused',
      'simple bind as "cn=sync,dc=example,dc=org" was answered confidentialityRequired (13): "no"',
      'inside TLS',
    ],
    [14, { method: 'external' }, 'source-unavailable', 'external bind was answered saslBindInProgress (14): "no"', 'several steps'],
    [53, { method: 'anonymous' }, 'source-unavailable', 'anonymous bind was answered unwillingToPerform (53): "no"', 'own rules'],
    [51, { method: 'anonymous' }, 'source-unavailable', 'anonymous bind was answered busy (51): "no"', 'next run'],
  ])('that is answered %i is refused in the words of the protocol', async (code, bind, errorCode, text, hint) => {
    const failure = await failureOfBind(() => [bindResponse({ code, diagnostic: 'no' })], { bind });
    expect(failure).toEqual({ code: errorCode, text, hints: [expect.stringContaining(hint)] });
  });

  test.each<[what: string, steps: () => Iterable<Step>, text: string]>([
    [
      'garbage',
      () => [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
      "bind: the server's answer is no LDAP: a message starts with 0x48",
    ],
    // ldapts' own parser goes round for ever on this one.
    [
      'a length that is wrong',
      () => [Buffer.from('300702010261020a01', 'hex')],
      "bind: the server's answer is no LDAP: an element that is longer",
    ],
    [
      'another message',
      () => [encodeMessage(9, bindResponse())],
      "bind: the server's answer is no LDAP: an answer to request 9, when request 2 was",
    ],
    ['another operation', () => [extendedResponse()], "bind: the server's answer is no LDAP: 0x61 was due, 0x78 came"],
    ['an oversized message', () => [oversizedMessage(0x7fffffff)], "bind: the server's answer is no LDAP: a message of 2147483647 bytes"],
    ['a notice of disconnection', () => [noticeOfDisconnection({ code: 52 })], 'bind: the server ended the connection: unavailable (52)'],
    [
      'ten thousand answers',
      () => [Buffer.concat(Array.from({ length: 10_000 }, () => encodeMessage(2, bindResponse())))],
      'bind: the server',
    ],
    ['the end', () => ['close'], 'bind: the server closed the connection'],
    ['a reset', () => [{ pauseMs: 20 }, 'reset'], 'bind: the connection was reset (ECONNRESET)'],
  ])('that is answered with %s fails at once', async (_what, steps, text) => {
    const failure = await failureOfBind(steps);
    expect(failure.text.startsWith(text), failure.text).toBe(true);
    expect(failure.code).toBe('source-unavailable');
  });

  test('gets over an answer that sends the parser of ldapts round for ever', async () => {
    await using server = await startFakeLdap({ bind: () => [Buffer.from('300e02010261090a010004000400877f', 'hex')] });
    expect((await fetchAll(ldapSource(server.uri))).users).toEqual([]);
  });

  test('that is not answered fails when connect_timeout is over', async () => {
    const failure = await failureOfBind(() => ['silence'], { connectTimeout: 500 });
    expect(failure).toEqual({ code: 'source-unavailable', text: 'bind: no answer within 0.5 s (connect_timeout)', hints: [] });
  });

  test('in the clear that the server hangs up on may want TLS', async () => {
    expect((await failureOfBind(() => ['close'])).hints).toEqual(['this port may want TLS from the first byte: ldaps:// in uris']);
    expect((await failureOfBind(() => [Buffer.from('15030100020228', 'hex')])).hints).toEqual([
      'this port wants TLS from the first byte: ldaps:// in uris',
    ]);
  });
});

describe('StartTLS', () => {
  const mode = 'starttls';

  test.each<[what: string, steps: () => Iterable<Step>, text: string]>([
    ['is refused', () => [extendedResponse({ code: 2, diagnostic: 'unsupported' })], 'StartTLS: answered protocolError (2): "unsupported"'],
    ['is answered with the end', () => ['close'], 'StartTLS: the server closed the connection'],
    ['is answered with garbage', () => [Buffer.from('hello')], "StartTLS: the server's answer is no LDAP: a message starts with 0x68"],
    [
      'is answered with more than the answer, which somebody may have slipped in',
      () => [Buffer.concat([encodeMessage(2, extendedResponse()), encodeMessage(3, bindResponse())])],
      "StartTLS: the server's answer is no LDAP: a message after the end of the answer",
    ],
    [
      'is answered with the beginning of more',
      () => [Buffer.concat([encodeMessage(2, extendedResponse()), encodeMessage(3, bindResponse()).subarray(0, 5)])],
      "StartTLS: the server's answer is no LDAP: there is more behind the answer",
    ],
    ['is followed by no TLS', () => [extendedResponse(), 'close'], 'TLS handshake: the server closed the connection'],
  ])('that %s sends no bind', async (_what, steps, text) => {
    await using server = await startFakeLdap({ extended: steps });
    const { code, message } = await failureOf(fetchAll(ldapSource(server.uri, { mode, bind: simple })));
    expect({ code, message }).toEqual({ code: 'source-unavailable', message: `${server.uri}: ${text}` });
    expect(server.binds).toEqual([]);
  });

  test('that is not answered fails when connect_timeout is over', async () => {
    await using server = await startFakeLdap({ extended: () => ['silence'] });
    const { message } = await failureOf(fetchAll(ldapSource(server.uri, { mode, connectTimeout: 500 })));
    expect(message).toBe(`${server.uri}: StartTLS: no answer within 0.5 s (connect_timeout)`);
  });
});
