/**
 * A crowd that loses access without anybody vanishing is held: behind a shared account, by ends to come, by other keys, by shells, by
 * passwords that expire, and by a little of everything.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ScratchRoot } from '../cli/command.ts';
import { type Changes, configText } from '../config/configuration.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { groupDn, personDn } from '../support/ldif.ts';
import { generatePeople, type Person } from '../support/people.ts';

/** Far from any day on which these tests run: 2035-09-17. */
const END = 24_000;
const others = [...generatePeople({ count: 30, seed: 99 }).people];
const people = [...generatePeople({ count: 30 }).people];
const groups = [
  { cn: 'deployers', gidNumber: 7001, memberUid: namesOf(people.slice(0, 20)) },
  { cn: 'suspended', gidNumber: 7002, memberUid: [] },
];

describe('in a company of thirty', () => {
  let directory: CompanyDirectory;
  let root: ScratchRoot;

  beforeAll(async () => {
    directory = await startCompanyDirectory({ people: { count: people.length, people, groups } });
  });

  afterAll(async () => {
    await directory?.[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    root = await ScratchRoot.create();
    await configure();
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
  });

  afterEach(async () => {
    await root?.[Symbol.asyncDispose]();
  });

  test('people behind a shared account are held, though it keeps a key, and let go when a person says so', async () => {
    const onlyShared = {
      'access.everyone': undefined,
      'access.users': namesOf(people.slice(29)),
      'access.accounts.deploy': { groups: ['deployers'] },
    };
    await configure(onlyShared);
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    expect(linesOf((await root.holdfast('keys', 'deploy')).stdout)).toHaveLength(20);
    await using _bare = await change(people.slice(1, 20), () => 'delete: sshPublicKey\n', keysOf);
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining(
        'held: 19 of 20 people behind the shared account "deploy" would go (95 %, max_removed_percent is 10): ',
      ),
    });
    expect(linesOf((await root.holdfast('keys', 'deploy')).stdout)).toHaveLength(20);
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 0 });
    expect(linesOf((await root.holdfast('keys', 'deploy')).stdout)).toHaveLength(1);
  });

  test('an end for everybody is held, and one for a few is in their keys at once', async () => {
    await using _few = await change(people.slice(0, 3), withEnd, withoutEnd);
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('keys +0 -0 ~3') });
    await using _all = await change(people.slice(3), withEnd, withoutEnd);
    const { status, stderr } = await root.holdfast('sync');
    expect(status).toBe(65);
    expect(stderr).toContain('held: 27 of 30 people with keys would have an end, or an earlier one (90 %, max_removed_percent is 10): ');
    expect(await keysOfLogin(people[9])).toMatch(/^ssh-/);
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 0 });
    expect(await keysOfLogin(people[9])).toMatch(/^expiry-time="20350917000000Z?" /);
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('nothing to do') });
  });

  test('a shell that this host gives to everybody is no question', async () => {
    await configure({ 'policy.override_shell': '/usr/lib/holdfast/nologin' });
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('(passwd +0 -0 ~30,') });
  });

  test('passwords that expire for a crowd are held, since PAM would let nobody in, and why says so of one', async () => {
    await using _one = await change(people.slice(0, 1), mustChange, mayKeep);
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    const { status, stdout } = await root.holdfast('why', people[0]?.uid ?? '');
    expect(status).toBe(1);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'cannot log in here: allowed, as everyone is, 1 key, but PAM, which sshd asks, says no: the password has to be changed first (shadow lastChange 0)',
    );
    expect(stdout).toMatch(/^PAM +refuses: the password has to be changed first/m);
    await using _all = await change(people.slice(1), mustChange, mayKeep);
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('held: 29 of 30 people with keys would have an end, or an earlier one'),
    });
    expect(await root.holdfast('why', people[1]?.uid ?? '')).toMatchObject({ status: 0 });
  });

  test('other keys for a crowd are held', async () => {
    await using _replaced = await change(people.slice(0, 8), (_person, index) => keysOf(others[index] as Person), keysOf);
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('held: 8 of 30 people with keys would have none of their keys left, but others (27 %, '),
    });
    expect(await keysOfLogin(people[0])).toBe(`${people[0]?.sshPublicKeys[0]}\n`);
  });

  test('shells that let nobody in are held for a crowd', async () => {
    await using _shells = await change(
      people.slice(0, 8),
      () => shell('/usr/sbin/nologin'),
      () => shell('/bin/bash'),
    );
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('held: 8 of 30 people would have a shell that lets nobody in (27 %, max_removed_percent is 10): '),
    });
  });

  test('a few of each kind are a crowd; who is refused goes at once, and the approval is for the others', async () => {
    await using _gone = await directory.without(people.slice(0, 3));
    await using _bare = await change(people.slice(3, 6), () => 'delete: sshPublicKey\n', keysOf);
    await using _denied = await deny(people.slice(6, 9));
    const held = await root.holdfast('sync');
    expect(held.status).toBe(65);
    expect(held.stderr).toContain(
      'held: 9 of 30 people with keys would lose access, for one reason or another (30 %, max_removed_percent is 10): ',
    );
    expect([await keysOfLogin(people[6]), await keysOfLogin(people[3])]).toEqual(['', expect.stringContaining('ssh-')]);
    // The three are refused by now, and still the six would be more than a day may take.
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    await using _one = await deny(people.slice(6, 10));
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 0 });
    expect([await keysOfLogin(people[3]), await keysOfLogin(people[9])]).toEqual(['', '']);
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('nothing to do') });
  });

  test('a few of each kind, one kind at each run, are a crowd within a day', async () => {
    await using _gone = await directory.without(people.slice(0, 3));
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    await using _shells = await change(
      people.slice(3, 5),
      () => shell('/bin/false'),
      () => shell('/bin/bash'),
    );
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    await using _ends = await change(people.slice(5, 6), withEnd, withoutEnd);
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining(
        'held: 1 more of the people with keys would lose access, for one reason or another (6 of 30 within a day: 20 %, ',
      ),
    });
  });

  async function configure(changes: Changes = {}): Promise<void> {
    const rules = { 'access.everyone': true, 'access.deny': { groups: ['suspended'] } };
    await root.write('etc/holdfast/holdfast.toml', configText(directory.config({ ...rules, ...changes })));
  }

  async function change(
    whom: readonly Person[],
    to: (person: Person, index: number) => string,
    back: (person: Person) => string,
  ): Promise<AsyncDisposable> {
    const modify = async (lines: readonly string[]): Promise<void> => await directory.slapd.modify(lines.join('\n'));
    const entry = ({ uid }: Person, line: string): string => `dn: ${personDn(uid)}\nchangetype: modify\n${line}`;
    await modify(whom.map((person, index) => entry(person, to(person, index))));
    return { [Symbol.asyncDispose]: async () => await modify(whom.map((person) => entry(person, back(person)))) };
  }

  async function deny(whom: readonly Person[]): Promise<AsyncDisposable> {
    const set = async (members: readonly string[]): Promise<void> =>
      await directory.slapd.modify(
        `dn: ${groupDn('suspended')}\nchangetype: modify\nreplace: memberUid\n${members.map((uid) => `memberUid: ${uid}\n`).join('')}`,
      );
    await set(namesOf(whom));
    return { [Symbol.asyncDispose]: async () => await set([]) };
  }

  async function keysOfLogin(person: Person | undefined): Promise<string> {
    return (await root.holdfast('keys', person?.uid ?? '')).stdout;
  }
});

function keysOf({ sshPublicKeys }: Person): string {
  return `replace: sshPublicKey\n${sshPublicKeys.map((key) => `sshPublicKey: ${key}\n`).join('')}`;
}

function withEnd(): string {
  return `replace: shadowExpire\nshadowExpire: ${END}\n`;
}

function withoutEnd({ shadowExpire }: Person): string {
  return shadowExpire === undefined ? 'replace: shadowExpire\n' : `replace: shadowExpire\nshadowExpire: ${shadowExpire}\n`;
}

function mustChange(): string {
  return 'replace: shadowLastChange\nshadowLastChange: 0\n';
}

function mayKeep({ shadowLastChange }: Person): string {
  return `replace: shadowLastChange\nshadowLastChange: ${shadowLastChange}\n`;
}

function shell(path: string): string {
  return `replace: loginShell\nloginShell: ${path}\n`;
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

function namesOf(whom: readonly Person[]): string[] {
  return whom.map(({ uid }) => uid);
}
