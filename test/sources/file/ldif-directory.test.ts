/** An export of a real directory gives what the directory gives. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DirectorySnapshot } from '../../../src/directory/snapshot.ts';
import { FileSource } from '../../../src/sources/file/file-source.ts';
import { ldifReader, type LdifSettings } from '../../../src/sources/file/ldif-directory.ts';
import { failureOf, fetchAll, ldapSource } from '../ldap-source.ts';
import { SEARCH_BASE } from '../../support/ldif.ts';
import { generatePeople } from '../../support/people.ts';
import { runProgram } from '../../support/running-program.ts';
import { type Slapd, startSlapd } from '../../support/slapd.ts';

const HASH = '$6$saltsalt$abcdefghijklmnopqrstuvwxyz0123456789';
const CLASSES = 'objectClass: posixAccount\nobjectClass: account\n';

async function fetchLdif(text: string, settings: Partial<LdifSettings> = {}): Promise<DirectorySnapshot> {
  const reader = ldifReader({ schema: 'rfc2307', passwordHashes: false, ...settings });
  const source = new FileSource({ name: 'corp', open: () => ({ path: '/f.ldif', bytes: Buffer.from(text) }), reader }, Date.now);
  return await source.fetch();
}

function account(name: string, lines = ''): string {
  return `dn: uid=${name},ou=people\n${CLASSES}uid: ${name}\ncn: ${name}\nuidNumber: 5000\ngidNumber: 5000\nhomeDirectory: /home/${name}\n${lines}\n`;
}

describe('an export', () => {
  let slapd: Slapd;

  beforeAll(async () => {
    const named = [
      { uid: 'alice', cn: 'Älice Ünïcode', gecos: 'Älice, with a name that is long enough for a second line of LDIF' },
      { uid: 'bob', shadowExpire: 30_000, userPassword: `{CRYPT}${HASH}` },
    ];
    slapd = await startSlapd({ people: generatePeople({ count: 60, keysPerPerson: 2, named }) });
  });

  afterAll(async () => {
    await slapd?.[Symbol.asyncDispose]();
  });

  test('of ldapsearch gives the people and groups that the server itself gives', async () => {
    const command = ['ldapsearch', '-x', '-LLL', '-H', slapd.uris.ldap, '-b', SEARCH_BASE, '-E', 'pr=1000/noprompt', '*', '+'];
    const { status, stdout } = await runProgram(command);
    expect(status).toBe(0);
    const [exported, fetched] = [await fetchLdif(stdout), await fetchAll(ldapSource(slapd.uris.ldap))];
    expect(exported.users).toHaveLength(60);
    expect({ ...exported, fetchedAt: 0 }).toEqual({ ...fetched, fetchedAt: 0 });
  });
});

describe('entries', () => {
  test('have hashes only when asked for', async () => {
    const text = account('alice', `userPassword:: ${Buffer.from(`{CRYPT}${HASH}`).toString('base64')}\n`);
    expect((await fetchLdif(text)).users[0]?.passwordHash).toBeUndefined();
    expect((await fetchLdif(text, { passwordHashes: true })).users[0]?.passwordHash).toBe(HASH);
  });

  test('pass the same border as those of a server', async () => {
    const { users, rejections } = await fetchLdif(account('root user') + account('bob', 'sshPublicKey: ssh-rsa\n'));
    expect(users.map(({ name, keys }) => [name, keys])).toEqual([['bob', '']]);
    expect(rejections).toMatchObject([
      { map: 'passwd', key: 'root user', code: 'name-invalid' },
      { map: 'keys', key: 'bob', code: 'key-malformed' },
    ]);
  });

  test('are people and groups by their classes alone', async () => {
    const group = 'dn: cn=web\nobjectClass: POSIXGROUP\ncn: web\ngidNumber: 7\nmemberUid: alice\n\n';
    const folder = 'dn: ou=people\nobjectClass: organizationalUnit\nou: people\n\n';
    const { users, groups, rejections } = await fetchLdif(`${folder}${account('alice')}${group}`);
    expect({ users: users.map(({ name }) => name), groups: groups.map(({ name }) => name) }).toEqual({ users: ['alice'], groups: ['web'] });
    expect(rejections).toEqual([]);
  });

  test('of Active Directory are people when they are no machine and have a number', async () => {
    const entry = (name: string, lines: string): string =>
      `dn: CN=${name},DC=a\nobjectClass: user\nsAMAccountName: ${name}\nobjectGUID:: AAECAwQFBgcICQoLDA0ODw==\ngidNumber: 5000\nunixHomeDirectory: /home/${name}\n${lines}\n`;
    const text = `${entry('alice', 'uidNumber: 5000\n')}${entry('pc', 'objectClass: computer\nuidNumber: 5001\n')}${entry('bob', '')}`;
    expect((await fetchLdif(text, { schema: 'ad' })).users).toMatchObject([{ name: 'alice', id: '03020100-0504-0706-0809-0a0b0c0d0e0f' }]);
  });

  test('without a class are no directory', async () => {
    const failure = await failureOf(fetchLdif('dn: uid=a\nuid: a\n'));
    expect(failure).toMatchObject({
      code: 'data-refused',
      message: '/f.ldif:1:1: the entry has no objectClass; wanted: an export with all attributes',
    });
  });

  test('that are wrong a thousand times are said with the first twenty mistakes', async () => {
    const { message } = await failureOf(fetchLdif('secret\n\n'.repeat(1000)));
    expect(message.split('\n')).toHaveLength(21);
    expect(message).toMatch(/\nand at least 980 more mistakes$/);
  });
});
