import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../../../src/errors.ts';
import { answerSearch, type Script, startFakeLdap } from '../../support/fake-ldap.ts';
import { bindResponse, searchDone, searchEntry } from '../../support/ldap-response.ts';
import { startSilentServer } from '../../support/tcp-proxy.ts';
import { failureOf, fetchAll, ldapSource } from '../ldap-source.ts';

/** Nobody listens on port 1 of this machine. */
const dead = 'ldap://127.0.0.1:1';
const refusing: Script = { bind: () => [bindResponse({ code: 49 })] };

function person(number: number): { dn: string; attributes: Record<string, string[]> } {
  const uid = `user${number}`;
  return { dn: `uid=${uid},dc=example,dc=org`, attributes: { uid: [uid], uidNumber: [String(10_000 + number)], gidNumber: ['100'] } };
}

describe('LdapSource', () => {
  test('uses the first server that answers', async () => {
    await using first = await startFakeLdap();
    await using second = await startFakeLdap();
    await fetchAll(ldapSource([dead, first.uri, second.uri]));
    expect([first.connections, second.connections]).toEqual([1, 0]);
  });

  test('starts from nothing on the next server when one fails in the middle', async () => {
    await using first = await startFakeLdap({ search: () => [searchEntry(person(1)), searchEntry(person(2)), 'close'] });
    await using second = await startFakeLdap({
      search: (request) => answerSearch(request.filter.includes('account') ? [person(3)] : [], request),
    });
    const { users } = await fetchAll(ldapSource([first.uri, second.uri]));
    expect(users.map(({ name }) => name)).toEqual(['user3']);
  });

  test('says what each server said when none gives everything', async () => {
    await using broken = await startFakeLdap({ search: () => [searchDone({ code: 4, cookie: '' })] });
    const { code, message, hints } = await failureOf(fetchAll(ldapSource([dead, broken.uri])));
    expect(code).toBe('source-unavailable');
    expect(message.split('\n')).toEqual([
      `${dead}: cannot connect: connect ECONNREFUSED 127.0.0.1:1`,
      `${broken.uri}: search below "dc=example,dc=org", after 0 entries: answered sizeLimitExceeded (4)`,
    ]);
    expect(hints).toHaveLength(1);
  });

  test('is refused when every server refuses, and only then', async () => {
    await using one = await startFakeLdap(refusing);
    await using two = await startFakeLdap(refusing);
    const both = await failureOf(fetchAll(ldapSource([one.uri, two.uri])));
    expect(both).toMatchObject({ code: 'source-refused', hints: ['check dn and password of [source.bind]'] });
    expect(await failureOf(fetchAll(ldapSource([one.uri, dead])))).toMatchObject({ code: 'source-unavailable' });
  });

  test('gives each server its connect_timeout, and all of them together no more than timeout', async () => {
    await using silent = await startSilentServer();
    const uri = `ldap://127.0.0.1:${silent.port}`;
    const each = await failureOf(fetchAll(ldapSource([uri, uri], { connectTimeout: 500 })));
    expect(each.message).toBe([uri, uri].map((one) => `${one}: bind: no answer within 0.5 s (connect_timeout)`).join('\n'));
    const all = await failureOf(fetchAll(ldapSource([uri, uri, uri], { connectTimeout: 20_000, timeout: 500 })));
    expect(all.message).toBe(`${uri}: bind: not done within 0.5 s (timeout)`);
  });

  test('ends with the reason of an interruption, whatever it is at', async () => {
    await using silent = await startSilentServer();
    await using slow = await startFakeLdap({ search: () => ['silence'] });
    for (const uri of [`ldap://127.0.0.1:${silent.port}`, `ldaps://127.0.0.1:${silent.port}`, slow.uri]) {
      const controller = new AbortController();
      const reason = new HoldfastError('source-unavailable', 'interrupted by SIGTERM');
      setTimeout(() => controller.abort(reason), 50);
      await expect(fetchAll(ldapSource([uri, uri]), controller.signal), uri).rejects.toBe(reason);
    }
  });

  test('reports its progress every thousand entries, over both passes', async () => {
    const entries = Array.from({ length: 1500 }, (_, index) => person(index));
    await using server = await startFakeLdap({ search: (request) => answerSearch(entries, request) });
    const progress: number[] = [];
    await ldapSource(server.uri, { pageSize: 1000 }).fetch(new AbortController().signal, ({ entries: count }) => progress.push(count));
    expect(progress).toEqual([1000, 2000, 3000]);
  });

  test('connects to an IPv6 address', async () => {
    const { message } = await failureOf(fetchAll(ldapSource('ldap://[::1]:1')));
    expect(message).toMatch(/^ldap:\/\/\[::1\]:1: cannot connect: /);
  });

  test('says that a name does not resolve', async () => {
    const { code, message } = await failureOf(fetchAll(ldapSource('ldaps://ldap.invalid')));
    expect(code).toBe('source-unavailable');
    expect(message).toMatch(/^ldaps:\/\/ldap\.invalid: cannot connect: the name "ldap\.invalid" does not resolve \(E\w+\)$/);
  });

  test('refuses a filter that is none before it asks anybody', () => {
    const users = { searchBase: 'dc=example', scope: 'sub' as const, filter: '(uid=', passwordHashes: false };
    expect(() => ldapSource(dead, { users })).toThrow('users.filter: "(uid=" is no LDAP filter');
  });
});
