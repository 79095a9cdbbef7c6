import { describe, expect, test } from 'vitest';
import { toLdif } from './ldif.ts';
import { type CompanyOptions, generatePeople, type Group, type Person } from './people.ts';
import { runProgram } from './running-program.ts';

function everybody(options: CompanyOptions): { readonly people: Person[]; readonly groups: Map<string, Group> } {
  const { people, groups } = generatePeople(options);
  return { people: [...people], groups: new Map([...groups].map((group) => [group.cn, group])) };
}

describe('a company', () => {
  test('is the same for the same seed, and another for another', () => {
    const options = { count: 50, keysPerPerson: 2, seed: 7 };
    expect(everybody(options)).toEqual(everybody(options));
    expect(everybody({ ...options, seed: 8 }).people[0]).not.toEqual(everybody(options).people[0]);
  });

  test('has people with ASCII logins of their own and names of many scripts', () => {
    const { people } = everybody({ count: 10_000 });
    expect(new Set(people.map(({ uid }) => uid)).size).toBe(10_000);
    expect(people.filter(({ uid }) => !/^[a-z][a-z.-]*[0-9]*$/.test(uid) || uid.length > 32)).toEqual([]);
    const names = people.map(({ cn }) => cn).join('\n');
    for (const script of ['Latin', 'Cyrillic', 'Greek', 'Han', 'Hangul', 'Arabic', 'Hebrew', 'Devanagari']) {
      expect(names).toMatch(new RegExp(`\\p{Script=${script}}`, 'u'));
    }
    expect(names).toContain('Zoë Łukasiewicz');
  });

  test('leaves out the numbers that mean nobody', () => {
    const { people } = everybody({ count: 60_000, keysPerPerson: 0 });
    const numbers = new Set(people.map(({ uidNumber }) => uidNumber));
    expect({ size: numbers.size, nobody: numbers.has(65_534), noChange: numbers.has(65_535) }).toEqual({
      size: 60_000,
      nobody: false,
      noChange: false,
    });
  });

  test('has keys that OpenSSH takes for keys', async () => {
    const keys = everybody({ count: 20, keysPerPerson: 3 }).people.flatMap(({ sshPublicKeys }) => sshPublicKeys);
    const { status, stdout } = await runProgram(['ssh-keygen', '-l', '-f', '-'], { input: keys.join('\n') });
    expect(status).toBe(0);
    expect(stdout.match(/^256 SHA256:\S+ \S+@\S+ \(ED25519\)$/gm)).toHaveLength(60);
    expect(new Set(stdout.split('\n').map((line) => line.split(' ')[1])).size).toBe(61);
  });

  test('has teams, a large group, a nested one and an empty one', () => {
    const { people, groups } = everybody({ count: 1000 });
    expect(groups.get('web-prod')?.memberUid).toEqual(people.slice(0, 12).map(({ uid }) => uid));
    expect(groups.get('vpn-users')?.memberUid).toHaveLength(900);
    expect(groups.get('engineering')?.memberUid).toEqual(['web-prod', people.at(-1)?.uid]);
    expect(groups.get('interns')?.memberUid).toEqual([]);
    expect(groups.get('staff')?.gidNumber).toBe(people[0]?.gidNumber);
    expect(new Set([...groups.values()].map(({ gidNumber }) => gidNumber)).size).toBe(groups.size);
  });

  test('has those who are named first, with what is said of them', () => {
    const alice = { uid: 'alice', cn: 'Alice Ångström', sshPublicKeys: ['ssh-ed25519 AAAA alice'], shadowExpire: 1 };
    const { people, groups } = everybody({ count: 3, named: [alice, { uid: 'bob' }] });
    expect(people[0]).toMatchObject({ ...alice, homeDirectory: '/home/alice', uidNumber: 10_000 });
    expect(people[0]?.gecos).toMatch(/^Alice Ångström/);
    expect(people[1]).toMatchObject({ uid: 'bob', sshPublicKeys: [expect.stringMatching(/^ssh-ed25519 AAAA\S+ bob@laptop$/)] });
    expect(groups.get('web-prod')?.memberUid).toEqual(people.map(({ uid }) => uid));
  });
});

describe('LDIF', () => {
  test('has a person in ASCII where it can be and in base64 where it must', () => {
    const person = { uid: 'zoe', cn: 'Zoë', sn: 'Ł', givenName: 'Zoë', gecos: ' leading', sshPublicKeys: ['key 1', 'key 2'] };
    const [, , zoe] = [...toLdif(generatePeople({ count: 1, named: [person] }))].join('').split('\n\n');
    expect(zoe).toMatch(/^dn: uid=zoe,ou=people,dc=example,dc=org\nobjectClass: inetOrgPerson\n/);
    expect(zoe).toContain('\ncn:: Wm/Dqw==\n');
    expect(zoe).toContain('\ngecos:: IGxlYWRpbmc=\n');
    expect(zoe).toContain('\nsshPublicKey: key 1\nsshPublicKey: key 2');
    expect(zoe).not.toContain('undefined');
  });

  test('names members by DN for rfc2307bis', () => {
    const text = [...toLdif(generatePeople({ count: 1, named: [{ uid: 'zoe' }] }), 'rfc2307bis')].join('');
    expect(text).toContain('member: uid=zoe,ou=people,dc=example,dc=org\n');
    expect(text).toContain('member: cn=web-prod,ou=group,dc=example,dc=org\n');
    expect(text).not.toContain('memberUid');
  });
});
