import { constants } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPki, expired, type Pki } from '../../support/pki.ts';
import { failureOf, fetchAll, ldapSource } from '../ldap-source.ts';

let folder: string;
let pki: Pki;
let ca: string;
let server: TlsOptions;
let client: { readonly cert: string; readonly key: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  pki = await createPki(folder);
  ca = await readFile(pki.ca.cert, 'utf8');
  const [ours, theirs] = await Promise.all([pki.ca.issueClient({ commonName: 'host-1' }), pki.ca.issueServer({ name: 'ldap-1' })]);
  client = { cert: await readFile(ours.cert, 'utf8'), key: await readFile(ours.key, 'utf8') };
  server = { cert: await readFile(theirs.cert), key: await readFile(theirs.key) };
});

afterAll(async () => await rm(folder, { recursive: true }));

/** As OpenLDAP with GnuTLS: it asks for certificates, gives no session tickets, and sends no alert. */
const likeSlapd: TlsOptions = {
  requestCert: true,
  rejectUnauthorized: false,
  maxVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_TICKET,
};

interface HangingUp {
  readonly code: string;
  readonly text: string;
  readonly hints: readonly string[];
  readonly connections: number;
}

/** What comes of a server that does this with each connection. */
async function meet(
  behaviour: (socket: TLSSocket, number: number, listener: Server) => void,
  options: TlsOptions,
  material: { readonly cert?: string; readonly key?: string } = client,
): Promise<HangingUp> {
  let connections = 0;
  const sockets = new Set<TLSSocket>();
  const listener = createServer({ ...server, ...options }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    connections += 1;
    behaviour(socket, connections, listener);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const uri = `ldaps://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const bind = { method: 'external' } as const;
  const { code, message, hints } = await failureOf(fetchAll(ldapSource(uri, { bind, tls: { ca, ...material } })));
  for (const socket of sockets) socket.destroy();
  listener.close();
  return { code, text: message.replace(`${uri}: `, ''), hints, connections };
}

function hangUp(socket: TLSSocket): void {
  socket.end();
}

describe('a server that hangs up when it has our certificate', () => {
  test('and again on a second connection refuses it', async () => {
    const { code, text, hints, connections } = await meet(hangUp, likeSlapd);
    expect({ code, connections }).toEqual({ code: 'source-refused', connections: 2 });
    expect(text).toMatch(
      /^the server does not take our client certificate \("O=Example, OU=hosts, CN=host-1", issued by "O=Example, CN=Example Root CA", valid until .* UTC\): it hangs up as soon as it has our part of the TLS handshake \(tried twice\)$/,
    );
    expect(hints).toEqual([expect.stringContaining('check that the server trusts the issuer "O=Example, CN=Example Root CA"')]);
  });

  test('wants one when there is none', async () => {
    const { code, text, hints } = await meet(hangUp, likeSlapd, {});
    expect({ code, hints }).toEqual({ code: 'source-refused', hints: ['name cert and key in [source.tls]'] });
    expect(text).toMatch(/^the server wants a client certificate and there is none: it hangs up/);
  });

  test('does so with good reason when that has expired', async () => {
    const old = await pki.ca.issueClient({ commonName: 'host-1', ...expired() });
    const { text, hints } = await meet(hangUp, likeSlapd, { cert: await readFile(old.cert, 'utf8'), key: await readFile(old.key, 'utf8') });
    expect(text).toMatch(/, expired on \d{4}-\d\d-\d\d \d\d:\d\d UTC\): it hangs up/);
    expect(hints).toEqual([expect.stringMatching(/^renew cert in \[source\.tls\]: it expired on /)]);
  });
});

describe('a server has not refused our certificate', () => {
  test('when it hung up once and stays the second time', async () => {
    const hangUpOnce = (socket: TLSSocket, number: number): void => {
      if (number === 1) hangUp(socket);
    };
    const { code, text, connections } = await meet(hangUpOnce, likeSlapd);
    expect({ code, text, connections }).toEqual({
      code: 'source-unavailable',
      text: 'bind: the server closed the connection',
      connections: 2,
    });
  });

  test('when it gave a session ticket before it hung up, as a balancer without a server behind it does', async () => {
    const { code, connections } = await meet(hangUp, { requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.3' });
    expect({ code, connections }).toEqual({ code: 'source-unavailable', connections: 1 });
  });

  test('when it never asked for one, and is not asked twice', async () => {
    const { code, connections } = await meet(hangUp, { ...likeSlapd, requestCert: false });
    expect({ code, connections }).toEqual({ code: 'source-unavailable', connections: 1 });
  });

  test('when nobody listens any more the second time', async () => {
    const vanish = (socket: TLSSocket, _number: number, listener: Server): void => {
      listener.close();
      hangUp(socket);
    };
    const { code, text, connections } = await meet(vanish, likeSlapd);
    expect({ code, text, connections }).toEqual({
      code: 'source-unavailable',
      text: 'bind: the server closed the connection',
      connections: 1,
    });
  });
});
