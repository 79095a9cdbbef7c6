/**
 * What a few removals can break is held however few they are; what somebody refuses on purpose is not held up by that.
 */
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ScratchRoot } from '../cli/command.ts';
import { type Changes, configText } from '../config/configuration.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { readCurrent } from '../support/current-generation.ts';
import { groupDn, ldifEntry, personDn, SEARCH_BASE } from '../support/ldif.ts';
import { generatePeople, type Group, type Person } from '../support/people.ts';
import { fingerprints } from '../support/state-tree.ts';

const CONTRACTORS = `ou=contractors,${SEARCH_BASE}`;

const people = [...generatePeople({ count: 30 }).people];
const [ann, ben, eve] = people as [Person, Person, Person];
const groups: readonly Group[] = [
  { cn: 'web', gidNumber: 7001, memberUid: namesOf(people.slice(0, 10)) },
  { cn: 'oncall', gidNumber: 7002, memberUid: namesOf([ben]) },
  { cn: 'suspended', gidNumber: 7003, memberUid: namesOf([eve]) },
  { cn: 'deployers', gidNumber: 7004, memberUid: namesOf([ann, ben]) },
];

describe('in a company with access groups', () => {
  let directory: CompanyDirectory;

  beforeAll(async () => {
    const contractors = ldifEntry(CONTRACTORS, [
      ['objectClass', 'organizationalUnit'],
      ['ou', 'contractors'],
    ]);
    directory = await startCompanyDirectory({ people: { count: people.length, people, groups }, ldif: contractors });
  });

  afterAll(async () => {
    await directory?.[Symbol.asyncDispose]();
  });

  test('an access group without its last member is held, though five may go at a time', async () => {
    await using root = await syncedRoot({ 'access.groups': ['oncall'] });
    const before = servingFiles(root);
    await using _emptied = await setMembers('oncall', []);
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining(`error: held: nobody could log in here any more: no login would have keys (1 before): ${ben.uid}\n`),
    });
    expect(servingFiles(root)).toEqual(before);
    expect((await root.holdfast('status')).stdout).toMatch(
      new RegExp(`^problem: removals have been held for .*: nobody could log in here .*: ${ben.uid}$`, 'm'),
    );
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 0 });
    expect(await keysOf(root, ben)).toBe('');
  });

  test('an "always" group that becomes empty is held', async () => {
    await using root = await syncedRoot({ 'access.groups': ['web'], 'access.always': { groups: ['oncall'] } });
    await using _emptied = await setMembers('oncall', []);
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('held: group "oncall" of access.always has become empty (members before: 1): oncall\n'),
    });
  });

  test('an "always" group whose members are all others is held, and lets nobody in before a person says so', async () => {
    await using root = await syncedRoot({ 'access.groups': ['web'], 'access.always': { groups: ['deployers'] } });
    const newcomer = people[20];
    await using _taken = await setMembers('deployers', namesOf(people.slice(20, 21)));
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining(
        `held: group "deployers" of access.always would have others in place of all its members who had keys (members before: 2): deployers by ${newcomer?.uid}\n`,
      ),
    });
    expect([await keysOf(root, ann), await keysOf(root, newcomer)]).toEqual([expect.stringContaining('ssh-'), '']);
    expect((await root.holdfast('status')).stdout).toContain('removals of 1 group');
    await using _others = await setMembers('deployers', namesOf(people.slice(20, 22)));
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 65 });
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 0 });
    expect(await keysOf(root, newcomer)).not.toBe('');
  });

  test('a "deny" group that is gone lets nobody back in, and one that becomes empty does', async () => {
    await using root = await syncedRoot({ 'access.groups': ['web'], 'access.deny': { groups: ['suspended'] } });
    expect(await keysOf(root, eve)).toBe('');
    {
      await using _gone = await withoutGroup('suspended');
      expect(await root.holdfast('sync')).toMatchObject({
        status: 65,
        stderr: expect.stringContaining(
          'held: group "suspended" of access.deny is gone from the directory: its 1 members would no longer be denied',
        ),
      });
      expect(await keysOf(root, eve)).toBe('');
    }
    await using _emptied = await setMembers('suspended', []);
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    expect(await keysOf(root, eve)).not.toBe('');
  });

  test('a shared account that would lose all its keys is held', async () => {
    await using root = await syncedRoot({ 'access.groups': ['web'], 'access.accounts.deploy': { groups: ['deployers'] } });
    expect((await root.holdfast('keys', 'deploy')).stdout).not.toBe('');
    await using _emptied = await setMembers('deployers', []);
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('held: the shared account "deploy" would lose all its keys: nobody could log in as it'),
    });
    expect((await root.holdfast('keys', 'deploy')).stdout).not.toBe('');
  });

  test('a rule of this host that nobody is left of is held, and one that hides half of the company is not', async () => {
    await using root = await syncedRoot({ 'access.everyone': true, 'policy.hidden': true });
    await configure(root, { 'access.groups': ['wbe'] });
    expect(await root.holdfast('sync')).toMatchObject({ status: 65, stderr: expect.stringContaining('nobody could log in here any more') });
    expect(await keysOf(root, ann)).not.toBe('');
    await configure(root, { 'access.groups': ['wbe'], 'access.deny': { users: [ann.uid] } });
    expect(await root.holdfast('sync')).toMatchObject({ status: 65, stderr: expect.stringContaining('(keys +0 -1 ~0)') });
    expect([await keysOf(root, ann), await keysOf(root, ben)]).toEqual(['', expect.stringContaining('ssh-')]);
    await configure(root, { 'access.groups': ['web'], 'policy.hidden': true });
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('(passwd +0 -20 ~0') });
  });

  test('removals that stay below the limits at each run are held together, and counted anew after an approval', async () => {
    await using root = await syncedRoot({ 'access.groups': ['web'] });
    await using _first = await directory.without(people.slice(10, 13));
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('passwd +0 -3 ~0') });
    await using _second = await directory.without(people.slice(13, 16));
    const day = '6 of 30 within a day: 20 %, max_removed_percent is 10';
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining(`held: 3 more of the people would go (${day}): ${namesOf(people.slice(13, 16)).join(', ')}\n`),
    });
    expect((await root.holdfast('diff')).stdout).toContain(`! held by a guard: 3 more of the people would go (${day})\n`);
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 0 });
    await using _third = await directory.without(people.slice(16, 19));
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('passwd +0 -3 ~0') });
  });

  test('a source that suddenly gives nobody is held, though its people are few', async () => {
    const contractor = [...generatePeople({ count: 31 }).people].at(-1) as Person;
    const dn = `uid=${contractor.uid},${CONTRACTORS}`;
    const entry = ldifEntry(dn, [
      ...['inetOrgPerson', 'posixAccount'].map((name) => ['objectClass', name] as const),
      ...(['uid', 'uidNumber', 'gidNumber', 'cn', 'sn', 'homeDirectory'] as const).map((name) => [name, contractor[name]] as const),
    ]);
    await directory.slapd.add(entry);
    await using root = await ScratchRoot.create();
    await configure(root, { ...twoSources(), 'access.everyone': true });
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    await directory.slapd.delete(dn);
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('held: source "contractors" suddenly gives no people (1 before)'),
    });
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 0 });
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
  });

  test('a denial acts at once though a guard holds, in shared accounts too, and goes on while the directory is down', async () => {
    const access = { 'access.everyone': true, 'access.accounts.deploy': { groups: ['deployers'] } };
    await using root = await syncedRoot(access);
    const annsKey = await keysOf(root, ann);
    await using _gone = await directory.without(people.slice(15));
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('the last generation goes on serving'),
    });
    await configure(root, { ...access, 'access.deny': { users: [ann.uid] } });
    const { status, stderr } = await root.holdfast('sync');
    expect(status).toBe(65);
    expect(stderr).toContain('held: 15 of 30 people would go');
    expect(stderr).toContain('meanwhile generation 2 serves the last good directory, less who is refused (keys +0 -1 ~1)');
    expect(await keysOf(root, ann)).toBe('');
    expect((await root.holdfast('keys', 'deploy')).stdout).not.toContain(annsKey);
    expect(await keysOf(root, people[20])).not.toBe('');
    expect((await root.holdfast('status')).stdout).toMatch(/^problem: removals have been held .*15 of 30 people would go/m);

    const after = servingFiles(root);
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('the last generation goes on serving'),
    });
    await directory.whileDown(async () => {
      expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
      expect(servingFiles(root)).toEqual(after);
    });
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('passwd +0 -15 ~0'),
    });
  });

  test('whom the directory refuses while a guard holds stays refused though it goes down, until it says otherwise', async () => {
    const rules = { 'access.everyone': true, 'access.deny': { groups: ['suspended'] } };
    await using root = await syncedRoot(rules);
    await using _gone = await directory.without(people.slice(15));
    {
      await using _suspended = await setMembers('suspended', namesOf([eve, ann]));
      expect(await root.holdfast('sync')).toMatchObject({
        status: 65,
        stderr: expect.stringContaining(`(keys +0 -1 ~0); keys were withheld or changed of ${ann.uid}\n`),
      });
      expect(await keysOf(root, ann)).toBe('');
      await directory.whileDown(async () => {
        expect(await root.holdfast('sync')).toMatchObject({ status: 75, stderr: expect.stringContaining('nothing to do: generation 2') });
        expect(await keysOf(root, ann)).toBe('');
      });
    }
    expect(await root.holdfast('sync')).toMatchObject({ status: 65, stderr: expect.stringContaining('meanwhile generation 3 serves') });
    expect(await keysOf(root, ann)).not.toBe('');
    expect(await keysOf(root, people[20])).not.toBe('');
  });

  test('whoever is denied by name stays so under another name, until the rule is gone', async () => {
    await using root = await syncedRoot({ 'access.everyone': true, 'access.deny': { users: [eve.uid] } });
    const zoe: Person = { ...eve, uid: 'zoe' };
    await rename(eve, zoe);
    await using _back = { [Symbol.asyncDispose]: async () => await rename(zoe, eve) };
    // In the run that first sees the name, and when the ledger has it.
    for (const run of ['first', 'second']) {
      expect(await root.holdfast('sync'), run).toMatchObject({ status: 0 });
      expect([await keysOf(root, zoe), await keysOf(root, ben)], run).toEqual(['', expect.stringContaining('ssh-')]);
    }
    const why = await root.holdfast('why', 'zoe');
    expect(why.stdout).toContain(`zoe cannot log in here: denied by name, as ${eve.uid}, which this entry`);
    expect(why.stdout).toContain(`deny: named in [access] as ${eve.uid}, which this entry was called before (uid ledger)`);
    await directory.whileDown(async () => {
      expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
      expect(await keysOf(root, zoe)).toBe('');
    });
    await configure(root, { 'access.everyone': true });
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    expect(await keysOf(root, zoe)).not.toBe('');
  });

  test('an account that ends while a guard holds loses its keys, and keeps its name though people without access are hidden', async () => {
    await using root = await syncedRoot({ 'access.everyone': true, 'policy.hidden': true });
    await using _gone = await directory.without(people.slice(15));
    const setEnd = async (days: number): Promise<void> =>
      await directory.slapd.modify(`dn: ${personDn(ann.uid)}\nchangetype: modify\nreplace: shadowExpire\nshadowExpire: ${days}\n`);
    await setEnd(10_000);
    await using _mended = { [Symbol.asyncDispose]: async () => await setEnd(-1) };
    expect(await root.holdfast('sync')).toMatchObject({ status: 65, stderr: expect.stringContaining('(keys +0 -1 ~0)') });
    expect(await keysOf(root, ann)).toBe('');
    expect(readCurrent(root.state)?.passwd.map((line) => line.split(':')[0])).toEqual(namesOf(people));
    await directory.whileDown(async () => {
      expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
      expect(await keysOf(root, ann)).toBe('');
    });
  });

  test('few who are deleted or leave the access group lose keys at once though a guard holds, and a crowd after them brings nobody back', async () => {
    const access = { 'access.groups': ['web', 'oncall'], 'access.accounts.deploy': { groups: ['deployers'] } };
    await using root = await syncedRoot({ ...access, 'access.always': { groups: ['suspended'] } });
    const [annsKey, fay, gus] = [await keysOf(root, ann), people[5], people[6]];
    await using _unrelated = await setMembers('suspended', []);
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    expect([await keysOf(root, ann), await keysOf(root, fay)]).toEqual([expect.stringContaining('ssh-'), expect.stringContaining('ssh-')]);

    await using _deleted = await directory.without([ann]);
    await using _left = await setMembers('web', namesOf(people.slice(0, 10).filter((one) => one !== fay)));
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    expect([await keysOf(root, ann), await keysOf(root, fay)]).toEqual(['', '']);
    expect((await root.holdfast('keys', 'deploy')).stdout).not.toContain(annsKey.trim());
    expect(await keysOf(root, gus)).not.toBe('');
    expect(JSON.stringify(readCurrent(root.state)?.passwd)).toContain(`${ann.uid}:`);

    await using _crowd = await directory.without(people.slice(6, 20));
    expect(await root.holdfast('sync')).toMatchObject({ status: 65, stderr: expect.stringContaining('15 of 30 people would go') });
    expect([await keysOf(root, ann), await keysOf(root, fay)]).toEqual(['', '']);
    expect(await keysOf(root, gus)).not.toBe('');
    await directory.whileDown(async () => {
      expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
      expect([await keysOf(root, ann), await keysOf(root, fay)]).toEqual(['', '']);
      expect(await keysOf(root, gus)).not.toBe('');
    });
  });

  test('a few who leave during one hold after another are counted over the day, and an approval is not undone by who leaves beside it', async () => {
    await using _deployers = await setMembers('deployers', namesOf(people.slice(10, 20)));
    await using root = await syncedRoot({ 'access.groups': ['web', 'deployers'], 'access.always': { groups: ['suspended'] } });
    const [few, others] = [people.slice(3, 8), people.slice(10, 12)];
    const emptied = await setMembers('suspended', []);
    await using _left = await setMembers('web', namesOf(people.slice(0, 10).filter((one) => !few.includes(one))));
    expect(await root.holdfast('sync')).toMatchObject({ status: 65, stderr: expect.stringContaining('(keys +0 -5 ~0)') });
    await emptied[Symbol.asyncDispose]();
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });

    await using _again = await setMembers('suspended', []);
    await using _leftToo = await setMembers('deployers', namesOf(people.slice(12, 20)));
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining(
        '2 more of the people with keys would lose access, for one reason or another (7 of 20 within a day: 35 %',
      ),
    });
    expect([await keysOf(root, few[0]), await keysOf(root, others[0])]).toEqual(['', expect.stringContaining('ssh-')]);
    await using _beside = await setMembers('oncall', []);
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 0 });
    expect(await keysOf(root, others[0])).toBe('');
  });

  test('a few refused at each run, while another source has nothing to give, are counted over the day', async () => {
    const contractor = [...generatePeople({ count: 31 }).people].at(-1) as Person;
    const dn = `uid=${contractor.uid},${CONTRACTORS}`;
    await directory.slapd.add(
      ldifEntry(dn, [
        ...['inetOrgPerson', 'posixAccount'].map((name) => ['objectClass', name] as const),
        ...(['uid', 'uidNumber', 'gidNumber', 'cn', 'sn', 'homeDirectory'] as const).map((name) => [name, contractor[name]] as const),
      ]),
    );
    await using root = await ScratchRoot.create();
    const rules = { 'access.everyone': true, 'access.deny': { groups: ['suspended'] } };
    await configure(root, { ...twoSources(), ...rules });
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    const silent = { ...(twoSources()['source[1]'] as object), uris: ['ldaps://127.0.0.1:1'] };
    await configure(root, { ...twoSources(), 'source[1]': silent, ...rules });
    await truncate(join(root.state, 'state/snapshot-contractors.ndjson'), 100);
    const { few, more } = { few: [eve, ...people.slice(10, 14)], more: people.slice(14, 18) };
    await using _few = await setMembers('suspended', namesOf(few));
    expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
    expect([await keysOf(root, people[10]), await keysOf(root, people[13])]).toEqual(['', '']);
    await using _more = await setMembers('suspended', namesOf([...few, ...more]));
    expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
    expect(await keysOf(root, people[14])).not.toBe('');
    expect([await keysOf(root, people[10]), await keysOf(root, people[13])]).toEqual(['', '']);
    await directory.slapd.delete(dn);
  });

  test('an approval of what nobody holds says so and is an ordinary run', async () => {
    await using root = await syncedRoot({ 'access.everyone': true });
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('warning: no guard holds anything of this run: there was nothing to approve'),
    });
  });

  async function syncedRoot(changes: Changes): Promise<ScratchRoot> {
    const root = await ScratchRoot.create();
    await configure(root, changes);
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    return root;
  }

  async function configure(root: ScratchRoot, changes: Changes): Promise<void> {
    const text = configText(directory.config({ 'access.everyone': undefined, ...changes }));
    await root.write('etc/holdfast/holdfast.toml', text);
  }

  /** The company's people, and those of a folder of its own. */
  function twoSources(): Changes {
    const { 'source[0].uris': uris, 'source[0].base': base, 'source[0].tls': tls } = directory.config();
    const contractors = { name: 'contractors', type: 'ldap', uris, base, tls, users: { base: CONTRACTORS }, groups: { base: CONTRACTORS } };
    return { 'source[0].users': { base: `ou=people,${SEARCH_BASE}` }, 'source[1]': contractors };
  }

  /** Until the result is disposed of. */
  async function setMembers(cn: string, members: readonly string[]): Promise<AsyncDisposable> {
    const replace = async (uids: readonly string[]): Promise<void> =>
      await directory.slapd.modify(
        `dn: ${groupDn(cn)}\nchangetype: modify\nreplace: memberUid\n${uids.map((uid) => `memberUid: ${uid}\n`).join('')}`,
      );
    await replace(members);
    return { [Symbol.asyncDispose]: async () => await replace(groups.find((group) => group.cn === cn)?.memberUid ?? []) };
  }

  /** The same entry, with the same id. */
  async function rename(from: Person, to: Person): Promise<void> {
    await directory.slapd.modify(`dn: ${personDn(from.uid)}\nchangetype: modrdn\nnewrdn: uid=${to.uid}\ndeleteoldrdn: 1\n`);
  }

  async function withoutGroup(cn: string): Promise<AsyncDisposable> {
    await directory.slapd.delete(groupDn(cn));
    return {
      [Symbol.asyncDispose]: async () =>
        await directory.hire(
          [],
          groups.filter((group) => group.cn === cn),
        ),
    };
  }
});

/** Inode and times of everything that NSS and sshd read. */
function servingFiles(root: ScratchRoot): Map<string, string> {
  return fingerprints(root.state, ['state', 'state/last-run.json', 'state/lock', 'state/held-removals.json']);
}

async function keysOf(root: ScratchRoot, person: Person | undefined): Promise<string> {
  return (await root.holdfast('keys', person?.uid ?? '')).stdout;
}

function namesOf(some: readonly Person[]): string[] {
  return some.map(({ uid }) => uid);
}
