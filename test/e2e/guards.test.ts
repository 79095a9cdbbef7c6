/**
 * A crowd that vanishes is held until a person lets it go, and lets go exactly those who were shown.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Changes } from '../config/configuration.ts';
import { type CommandResult, ScratchRoot } from '../cli/command.ts';
import { type CompanyDirectory, HOST_NAME, startCompanyDirectory } from '../support/company-directory.ts';
import { readCurrent } from '../support/current-generation.ts';
import { copyHost } from '../support/interrupted-sync.ts';
import { ldifEntry, SEARCH_BASE } from '../support/ldif.ts';
import { type Company, generatePeople, type Group, type Person } from '../support/people.ts';
import { hostDn } from '../support/slapd-config.ts';
import { fingerprints } from '../support/state-tree.ts';

/** Who may read keys is decided by a group in the directory, so that the tests can take it away. */
const KEY_READERS = `cn=key-readers,ou=services,${SEARCH_BASE}`;
const keyAccess = `access to attrs=sshPublicKey by group/groupOfNames/member.exact="${KEY_READERS}" read by * none`;
const keyReaders = ldifEntry(KEY_READERS, [
  ['objectClass', 'groupOfNames'],
  ['cn', 'key-readers'],
  ['member', hostDn(HOST_NAME)],
]);

/** Everybody's primary group. */
const employees: Group = { cn: 'employees', gidNumber: 5000, memberUid: [] };
const webTeam: Group = { cn: 'web-team', gidNumber: 7001, memberUid: [] };

describe('in a company of a thousand', () => {
  const [newcomer, ...people] = generatePeople({ count: 1001 }).people;
  const company = companyOf(people, [{ ...webTeam, memberUid: people.slice(0, 40).map(({ uid }) => uid) }, employees]);
  /** Nobody of the team. */
  const crowd = people.slice(100, 300);
  const others = people.slice(300, 500);
  const held200 = '200 of 1000 people would go (20 %, max_removed_percent is 10)';

  let directory: CompanyDirectory;
  let synced: ScratchRoot;
  /** A copy of `synced` for each test. */
  let root: ScratchRoot;

  beforeAll(async () => {
    directory = await startCompanyDirectory({ people: company, ldif: keyReaders, extraConfig: keyAccess });
    synced = await ScratchRoot.create(config());
    expect(await synced.holdfast('sync')).toMatchObject({ status: 0 });
  });

  afterAll(async () => {
    await synced?.[Symbol.asyncDispose]();
    await directory?.[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    root = await copyHost(config(), synced.state);
  });

  afterEach(async () => {
    await root?.[Symbol.asyncDispose]();
  });

  test('a vanished crowd is held with its names and what to do, and what serves is not touched', async () => {
    const before = servingFiles();
    await using _gone = await directory.without(crowd);
    const { stderr, ...rest } = await root.holdfast('sync');
    expect({ ...rest, stderr: stderr.replace(/=[0-9a-f]{12}$/m, '=DIGEST') }).toEqual({
      status: 65,
      stdout: '',
      stderr: [
        `holdfast: error: held: ${held200}: ${namesOf(crowd.slice(0, 10)).join(', ')} and 190 more`,
        'holdfast: hint: the last generation goes on serving; see who would go: holdfast diff',
        'holdfast: hint: when it is meant: holdfast sync --approve-removals=DIGEST',
        '',
      ].join('\n'),
    });
    expect(servingFiles()).toEqual(before);
    expect(logins()).toEqual(namesOf(people));
  });

  test('sync --json tells what is held, of whom', async () => {
    await using _gone = await directory.without(crowd);
    const { status, stdout } = await root.holdfast('sync', '--json');
    expect(status).toBe(65);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'held',
      exitStatus: 65,
      approvalRefused: false,
      held: [{ guard: 'passwd-removals', text: held200, names: namesOf(crowd) }],
      plan: { passwd: { before: 1000, after: 800, added: 0, removed: 200, changed: 0 } },
    });
  });

  test('diff shows everybody who would go and that they would be held, and writes nothing', async () => {
    expect(await root.holdfast('diff')).toEqual({ status: 0, stdout: 'no changes\n', stderr: '' });
    await using _gone = await directory.without(crowd);
    const before = fingerprints(root.path);
    const { status, stdout, stderr } = await root.holdfast('diff');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('- passwd '))).toEqual(
      namesOf(crowd).map((name) => `- passwd ${name}: gone from the directory`),
    );
    expect(lines.filter((line) => line.startsWith('- shadow '))).toHaveLength(200);
    expect(lines.slice(400, -1)).toEqual([`! held by a guard: ${held200}`]);
    expect(fingerprints(root.path)).toEqual(before);
  });

  test('diff --json shows the same', async () => {
    expect(await diffJson()).toMatchObject({ status: 0, json: { changes: false, wouldHold: [], passwd: { before: 1000, after: 1000 } } });
    await using _gone = await directory.without(crowd);
    const { status, json } = await diffJson();
    expect(status).toBe(1);
    expect(json).toMatchObject({ changes: true, wouldHold: [{ guard: 'passwd-removals', names: namesOf(crowd) }], keys: { removed: [] } });
    expect(json.passwd.removed.map(({ key }) => key)).toEqual(namesOf(crowd));
  });

  test('status says since when and what is held, until it is not', async () => {
    expect(await root.holdfast('status')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^held +nothing$/m) });
    const gone = await directory.without(crowd);
    await root.holdfast('sync');
    const { status, stdout } = await root.holdfast('status');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^last run +.* ago: held, status 65$/m);
    expect(stdout).toMatch(
      /^HELD: people can log in; 1 problem\n\nHELD +by a guard for \d+ seconds? \(since \S+Z\): removals of 200 people\n/,
    );
    expect(stdout).toMatch(
      /^problem: removals have been held for \d+ seconds?: 200 of 1000 people would go .*\n +hint: holdfast diff, .*--approve-removals$/m,
    );
    expect(stdout).toMatch(/^shows +1,000 people/m);
    await gone[Symbol.asyncDispose]();
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('nothing to do: generation 1') });
    expect(await root.holdfast('status')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^all is well$/m) });
  });

  test('what is held stays held by the next run, and since the first', async () => {
    await using _gone = await directory.without(crowd);
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    const since = await heldSince();
    expect(since).toEqual(expect.any(String));
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    expect(await heldSince()).toBe(since);
    expect(logins()).toEqual(namesOf(people));
  });

  test('what is held stays held while the directory is down', async () => {
    await using _gone = await directory.without(crowd);
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    const since = await heldSince();
    await directory.whileDown(async () => {
      expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
      expect(await heldSince()).toBe(since);
    });
    const { stdout } = await root.holdfast('diff');
    const [approval = ''] = /--approve-removals=[0-9a-f]{12}$/m.exec(stdout) ?? [];
    expect(await root.holdfast('sync', `--approve-removals=${'0'.repeat(12)}`)).toMatchObject({ status: 65 });
    expect(await root.holdfast('sync', approval)).toMatchObject({ status: 0 });
  });

  test('an approval lets go exactly those who were shown, and lets in who has come meanwhile', async () => {
    await using _gone = await directory.without(crowd);
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    const joined = newcomer === undefined ? [] : [newcomer];
    await directory.hire(joined);
    await using _left = { [Symbol.asyncDispose]: async () => void (await directory.without(joined)) };
    const { status, stderr } = await root.holdfast('sync', '--approve-removals');
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining('(passwd +1 -200 ~0,') });
    expect(logins()).toEqual(namesOf([...joined, ...people.filter((person) => !crowd.includes(person))]));
    expect(await root.holdfast('status')).toMatchObject({ status: 0 });
    expect(await root.holdfast('diff')).toMatchObject({ status: 0 });
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('nothing to do') });
  });

  test('an approval counts for nobody else', async () => {
    const before = servingFiles();
    {
      await using _shown = await directory.without(crowd);
      expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    }
    await using _gone = await directory.without(others);
    const refused = await root.holdfast('sync', '--approve-removals');
    expect(refused.status).toBe(65);
    expect(refused.stderr).toContain(
      'holdfast: error: these are not the removals that were held before, so the approval does not count for them\n',
    );
    expect(refused.stderr).toContain(namesOf(others.slice(0, 10)).join(', '));
    expect(servingFiles()).toEqual(before);
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 0 });
    expect(logins()).toEqual(namesOf(people.filter((person) => !others.includes(person))));
  });

  test('an approval counts for nobody more', async () => {
    const before = servingFiles();
    await using _shown = await directory.without(crowd);
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    await using _more = await directory.without(others.slice(0, 1));
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 65 });
    expect(servingFiles()).toEqual(before);
  });

  test('an approval counts for nothing that was never shown', async () => {
    const before = servingFiles();
    await using _gone = await directory.without(crowd);
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 65 });
    expect(servingFiles()).toEqual(before);
  });

  test('a crowd below the limit goes without a question', async () => {
    await using _gone = await directory.without(crowd.slice(0, 100));
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('passwd +0 -100 ~0') });
  });

  test('the members of an access group are held, though nobody has left the company', async () => {
    const before = servingFiles();
    const members = company.groups[0]?.memberUid ?? [];
    const setMembers = async (uids: readonly string[]): Promise<void> =>
      await directory.slapd.modify(
        `dn: cn=web-team,ou=group,${SEARCH_BASE}\nchangetype: modify\nreplace: memberUid\n${uids.map((uid) => `memberUid: ${uid}\n`).join('')}`,
      );
    await setMembers(members.slice(0, 30));
    await using _restored = { [Symbol.asyncDispose]: async () => await setMembers(members) };
    const { status, stderr } = await root.holdfast('sync');
    expect(status).toBe(65);
    expect(stderr).toContain('holdfast: error: held: 10 of 40 members of group "web-team" would go (25 %, max_removed_percent is 10): ');
    expect(servingFiles()).toEqual(before);
    expect(await keysOf(members.at(-1))).not.toBe('');
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 0 });
    expect(await keysOf(members.at(-1))).toBe('');
  });

  test('keys that vanish for everybody are held, such as when the directory no longer shows them to this host', async () => {
    const before = servingFiles();
    const setReader = async (dn: string): Promise<void> =>
      await directory.slapd.modify(`dn: ${KEY_READERS}\nchangetype: modify\nreplace: member\nmember: ${dn}\n`);
    await setReader(hostDn('another-host'));
    await using _restored = { [Symbol.asyncDispose]: async () => await setReader(hostDn(HOST_NAME)) };
    const { status, stderr } = await root.holdfast('sync');
    expect(status).toBe(65);
    expect(stderr).toContain(
      'holdfast: error: held: 40 of 40 people who may log in here and have keys would go (100 %, max_removed_percent is 10): ',
    );
    expect(servingFiles()).toEqual(before);
    expect(await keysOf(people[0]?.uid)).toBe(`${people[0]?.sshPublicKeys[0]}\n`);
    expect((await root.holdfast('status')).stdout).toMatch(
      /^problem: removals have been held .* 40 of 40 people who may log in here and have keys/m,
    );
  });

  // Files that have not changed are one inode in all generations, so that one bad block damages them all.
  test.each([
    ['a file of the only generation', async (): Promise<void> => await rm(join(root.state, 'current/group.cache'))],
    ['the link to the generation that serves', async (): Promise<void> => await rm(join(root.state, 'current'))],
  ])('a crowd that vanishes is held, though %s is lost', async (_what, damage) => {
    await damage();
    await using _gone = await directory.without(crowd);
    expect(await root.holdfast('sync')).toMatchObject({ status: 65, stderr: expect.stringContaining(held200) });
  });

  function config(): Changes {
    return directory.config({ 'access.everyone': undefined, 'access.groups': ['web-team'] });
  }

  /** Inode and times of everything that NSS and sshd read. */
  function servingFiles(): Map<string, string> {
    return fingerprints(root.state, ['state', 'state/last-run.json', 'state/lock', 'state/held-removals.json']);
  }

  function logins(): string[] {
    return (readCurrent(root.state)?.passwd ?? []).map((line) => line.split(':')[0] ?? '');
  }

  async function keysOf(login = ''): Promise<string> {
    return (await root.holdfast('keys', login)).stdout;
  }

  async function heldSince(): Promise<string | undefined> {
    const { stdout } = await root.holdfast('status', '--json');
    return (JSON.parse(stdout) as { held?: { since: string } }).held?.since;
  }

  async function diffJson(): Promise<{ status: CommandResult['status']; json: DiffJson }> {
    const { status, stdout } = await root.holdfast('diff', '--json');
    return { status, json: JSON.parse(stdout) as DiffJson };
  }
});

describe('in a company of four', () => {
  const people = [...generatePeople({ count: 4 }).people];

  let directory: CompanyDirectory;

  beforeAll(async () => {
    directory = await startCompanyDirectory({ people: companyOf(people, [employees, webTeam]) });
  });

  afterAll(async () => {
    await directory?.[Symbol.asyncDispose]();
  });

  test('three may go without a question, since so few never trip a guard', async () => {
    await using root = await syncedRoot();
    await using _gone = await directory.without(people.slice(1));
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('passwd +0 -3 ~0') });
  });

  test('a directory without anybody is held nevertheless, and can be approved', async () => {
    await using root = await syncedRoot();
    await using _gone = await directory.without(people);
    const { status, stderr } = await root.holdfast('sync');
    expect(status).toBe(65);
    expect(stderr).toMatch(/^holdfast: error: held: the directory shows nobody for this host \(people before: 4\)$/m);
    expect(readCurrent(root.state)?.passwd).toHaveLength(4);
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 0 });
    expect(readCurrent(root.state)).toMatchObject({ passwd: [], shadow: [], keys: [] });
  });

  test('a host does not begin with a directory without anybody', async () => {
    await using _gone = await directory.without(people);
    await using root = await ScratchRoot.create(directory.config());
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('shows nobody for this host (people before: 0)'),
    });
    expect(readCurrent(root.state)).toBeUndefined();
    expect(await root.holdfast('status')).toMatchObject({ status: 1, stdout: expect.stringMatching(/^generation +none$/m) });
  });

  async function syncedRoot(): Promise<ScratchRoot> {
    const root = await ScratchRoot.create(directory.config());
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    return root;
  }
});

interface DiffJson {
  readonly changes: boolean;
  readonly passwd: { readonly removed: readonly { readonly key: string }[] };
}

function companyOf(people: readonly Person[], groups: readonly Group[]): Company & { readonly groups: readonly Group[] } {
  return { count: people.length, people, groups };
}

function namesOf(people: readonly Person[]): string[] {
  return people.map(({ uid }) => uid);
}
