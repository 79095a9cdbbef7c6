import { describe, expect, test } from 'vitest';
import { alertOf, describeEnd, isHangUp, PeerClosed } from '../../../src/sources/ldap/connection-end.ts';

function errorWith(message: string, properties: object): Error {
  return Object.assign(new Error(message), properties);
}

/** As Node gives them: see the messages, which nobody wants to read at night. */
const certificateRequired = errorWith(
  '4073DAE1AF7F0000:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../deps/openssl/rec_layer_s3.c:918:SSL alert number 116\n',
  { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', reason: 'tlsv13 alert certificate required', library: 'SSL routines' },
);
const wrongVersion = errorWith(
  '40434244287F0000:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/x.c:78:\n',
  {
    code: 'ERR_SSL_WRONG_VERSION_NUMBER',
    reason: 'wrong version number',
  },
);
const reset = errorWith('read ECONNRESET', { code: 'ECONNRESET', syscall: 'read' });
const closedInHandshake = errorWith('Client network socket disconnected before secure TLS connection was established', {
  code: 'ECONNRESET',
});
const refused = (address: string): Error => errorWith(`connect ECONNREFUSED ${address}`, { code: 'ECONNREFUSED', syscall: 'connect' });

describe('describeEnd', () => {
  test.each([
    ['an alert, without its path in OpenSSL', certificateRequired, 'the server sent the TLS alert "certificate required"'],
    ['a fault that OpenSSL found', wrongVersion, 'TLS failed: wrong version number'],
    ['a reset', reset, 'the connection was reset (ECONNRESET)'],
    ['a broken pipe', errorWith('write EPIPE', { code: 'EPIPE', syscall: 'write' }), 'the connection was reset (EPIPE)'],
    ['an orderly end', new PeerClosed(), 'the server closed the connection'],
    ['an end inside the handshake', closedInHandshake, 'the server closed the connection'],
    ['a refused connection', refused('127.0.0.1:636'), 'connect ECONNREFUSED 127.0.0.1:636'],
    [
      'a name with two addresses',
      Object.assign(new AggregateError([refused('::1:636'), refused('127.0.0.1:636')], 'all'), { message: '' }),
      'connect ECONNREFUSED ::1:636; connect ECONNREFUSED 127.0.0.1:636',
    ],
    ['an error without words', errorWith('nothing', { message: ' ' }), 'the connection failed'],
  ])('says one line of %s', (_what, error, text) => {
    expect(describeEnd(error)).toBe(text);
  });
});

test('alertOf knows the alert, and none in any other error', () => {
  expect(alertOf(certificateRequired)).toBe('certificate required');
  expect(alertOf(errorWith('nothing', { reason: 'ssl/tls alert handshake failure' }))).toBe('handshake failure');
  expect([wrongVersion, reset, closedInHandshake].map(alertOf)).toEqual([undefined, undefined, undefined]);
});

test('isHangUp is true for FIN and RST, and not for an alert', () => {
  expect([reset, closedInHandshake, new PeerClosed()].map(isHangUp)).toEqual([true, true, true]);
  expect([certificateRequired, wrongVersion, refused('127.0.0.1:1')].map(isHangUp)).toEqual([false, false, false]);
});
