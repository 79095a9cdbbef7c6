/**
 * The fine code that an operator finds in `holdfast explain`, through all the layers that add to an error on its way.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorDetail } from '../../../src/errors.ts';
import { type Certificate, createPki, expired, notYetValid, type Pki } from '../../support/pki.ts';
import { startFakeLdap } from '../../support/fake-ldap.ts';
import { freePort } from '../../support/free-port.ts';
import { bindResponse, searchDone, searchReference } from '../../support/ldap-response.ts';
import { failureOf, fetchAll, ldapSource } from '../ldap-source.ts';

type Script = NonNullable<Parameters<typeof startFakeLdap>[0]>;

describe('what a server does is told apart', () => {
  test.each<[what: string, script: Script, code: string, detail: ErrorDetail]>([
    ['a refused bind', { bind: () => [bindResponse({ code: 49 })] }, 'source-refused', 'bind-refused'],
    ['a refused search', { search: () => [searchDone({ code: 50 })] }, 'source-refused', 'search-refused'],
    ['a size limit', { search: () => [searchDone({ code: 4 })] }, 'source-unavailable', 'answer-limited'],
    ['a base that is not there', { search: () => [searchDone({ code: 32 })] }, 'source-unavailable', 'base-missing'],
    ['a reference', { search: () => [searchReference('ldap://b/')] }, 'source-unavailable', 'answer-referred'],
    ['a lost cookie', { search: () => [searchDone()] }, 'source-unavailable', 'paging-lost'],
    ['garbage', { search: () => [Buffer.from('hello')] }, 'source-unavailable', 'answer-malformed'],
    ['a cut', { search: () => ['close'] }, 'source-unavailable', 'answer-cut'],
    ['silence', { bind: () => ['silence'] }, 'source-unavailable', 'timed-out'],
  ])('%s', async (_what, script, code, detail) => {
    await using server = await startFakeLdap(script);
    expect(await failureOf(fetchAll(ldapSource(server.uri, { connectTimeout: 1000 })))).toMatchObject({ code, detail });
  });

  test('nobody at the port', async () => {
    const uri = `ldap://127.0.0.1:${await freePort()}`;
    expect(await failureOf(fetchAll(ldapSource(uri)))).toMatchObject({ code: 'source-unavailable', detail: 'connect-failed' });
  });

  test('a name that nobody has', async () => {
    const failure = await failureOf(fetchAll(ldapSource('ldap://directory.invalid')));
    expect(failure).toMatchObject({ code: 'source-unavailable', detail: 'name-unresolved' });
  });
});

describe('why a certificate is refused is told apart', () => {
  let folder: string;
  let pki: Pki;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
    pki = await createPki(folder);
  });

  afterAll(async () => await rm(folder, { recursive: true }));

  test.each<[what: string, issue: () => Promise<Certificate>, detail: ErrorDetail]>([
    ['another CA', async () => await pki.otherCa.issueServer({ name: 'ldap-1' }), 'tls-untrusted'],
    ['another name', async () => await pki.ca.issueServer({ name: 'ldap-2', sans: ['IP:192.0.2.2'] }), 'tls-wrong-name'],
    ['its end', async () => await pki.ca.issueServer({ name: 'ldap-1', ...expired() }), 'tls-expired'],
    ['its beginning', async () => await pki.ca.issueServer({ name: 'ldap-1', ...notYetValid() }), 'tls-not-yet-valid'],
  ])('%s', async (_what, issue, detail) => {
    const { cert, key } = await issue();
    await using server = await startFakeLdap({}, { ldaps: true, tls: { cert: await readFile(cert), key: await readFile(key) } });
    const tls = { ca: await readFile(pki.ca.cert, 'utf8') };
    expect(await failureOf(fetchAll(ldapSource(server.uri, { tls })))).toMatchObject({ code: 'source-refused', detail });
  });
});
