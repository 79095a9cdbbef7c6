/**
 * What NSS answers on a host is what the directory says: for everybody, by every key, with indexes and without.
 */
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Changes } from '../config/configuration.ts';
import { AgentHost, StateDisk } from '../support/agent-host.ts';
import { type CompanyDirectory, HOST_NAME, startCompanyDirectory, withGroups } from '../support/company-directory.ts';
import { groupLine, passwdLine, shadowLine } from '../support/company-maps.ts';
import { generatePeople, type Group, type Person } from '../support/people.ts';
import type { ProgramResult } from '../support/running-program.ts';
import { hostDn } from '../support/slapd-config.ts';
import { countSyscalls } from '../support/strace.ts';

/** Above 2^31: `getpwuid` prints such a number as a negative one and finds it in no index. */
const giant = { uid: 'giant', uidNumber: 3_000_000_001 };
const archive: Group = { cn: 'archive', gidNumber: 4_000_000_001, memberUid: ['giant', 'ann'] };
/** Numbers of other lengths than everybody's: an index has them in the order of their digits, 10000 before 2000. */
const guests: Group = { cn: 'guests', gidNumber: 50_000, memberUid: ['veteran'] };
/** A name of 32 letters, the longest, and one of every other character that a name may have. */
const longest = 'abcdefghijklmnopqrstuvwxyz012345';
const named = [
  { uid: 'ann', userPassword: '{CRYPT}$6$saltsalt$abcdefghijklmnopqrstuvwxyz0123456789./ABCDEFGHIJKLMNOPQRSTUVWXYZ' },
  { uid: longest },
  { uid: '_Build.host-1@example$' },
  { uid: 'veteran', uidNumber: 2000 },
  giant,
];
const company = withGroups(generatePeople({ count: 1000, named }), [guests, archive]);
const people = [...company.people];
/** Debian has a group `staff` of its own, and the host's own accounts come first. */
const localGroups = new Set(
  readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map((line) => line.split(':')[0]),
);
const groups = [...company.groups].filter(({ cn }) => !localGroups.has(cn));
const rules = { shells: ['/bin/sh', '/bin/bash'], defaultShell: '/bin/bash' };

const wholeRange = [1000, 4_294_967_294];
const everybody = { 'access.everyone': true, 'source[0].users.password_hashes': true };

let directory: CompanyDirectory;

beforeAll(async () => {
  const readsHashes = `access to attrs=userPassword by dn.exact="${hostDn(HOST_NAME)}" read by anonymous auth by * none`;
  directory = await startCompanyDirectory({ people: company, extraConfig: readsHashes });
});

afterAll(async () => {
  await directory?.[Symbol.asyncDispose]();
});

describe.each([
  { title: 'a host with every number', ranges: wholeRange, whom: (): boolean => true, hasNumberIndexes: false },
  { title: 'a host with numbers up to 60000', ranges: [1000, 60_000], whom: isSmall, hasNumberIndexes: true },
])('$title', ({ ranges, whom, hasNumberIndexes }) => {
  const shown = people.filter(whom);
  const names = new Set([...shown.map(({ uid }) => uid), ...groups.filter(whom).map(({ cn }) => cn)]);
  const shownGroups = groups.filter(whom).map((one) => ({ ...one, memberUid: one.memberUid.filter((member) => names.has(member)) }));
  const shownCompany = { ...company, groups: shownGroups };
  const passwd = shown.map((person) => passwdLine(person, rules));
  const group = shownGroups.map((one) => groupLine(one, shownCompany));
  const shadow = shown.map(shadowLine);

  let disk: StateDisk;
  let agent: AgentHost;
  /** The same generation without its index files. */
  let linearDisk: StateDisk;
  let linear: AgentHost;

  beforeAll(async () => {
    const config = directory.config({ ...everybody, 'policy.uid_range': ranges, 'policy.gid_range': ranges });
    [disk, linearDisk] = await Promise.all([StateDisk.create(), StateDisk.create()]);
    agent = await bootHost(disk, config);
    expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
    await copyWithoutIndexes(disk.path, linearDisk.path);
    linear = await bootHost(linearDisk, config);
  });

  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    await linear?.[Symbol.asyncDispose]();
    await disk?.[Symbol.asyncDispose]();
    await linearDisk?.[Symbol.asyncDispose]();
  });

  test.each([
    ['passwd by name', 'passwd', shown.map(({ uid }) => uid), passwd],
    ['passwd by number', 'passwd', shown.map(({ uidNumber }) => String(uidNumber)), passwd],
    ['group by name', 'group', shownGroups.map(({ cn }) => cn), group],
    ['group by number', 'group', shownGroups.map(({ gidNumber }) => String(gidNumber)), group],
    ['shadow by name', 'shadow', shown.map(({ uid }) => uid), shadow],
  ])('answers %s for all', async (_what, map, keys, lines) => {
    const answer = await getent(agent, map, keys);
    expect(answer.stdout.split('\n')).toEqual([...lines, '']);
    expect(answer.status).toBe(0);
    expect(await getent(linear, map, keys)).toEqual(answer);
  });

  test.each([
    ['passwd', passwd, (): readonly (Person | Group)[] => shown],
    ['group', group, (): readonly (Person | Group)[] => shownGroups],
    ['shadow', shadow, (): readonly (Person | Group)[] => shown],
  ])('lists all of %s after the accounts of the host itself, in the order of the numbers', async (map, lines, order) => {
    const local = (await agent.host.run(['getent', '-s', 'files', map])).stdout;
    const all = await agent.host.run(['getent', map]);
    const byNumber = [...lines.entries()].sort(([a], [b]) => numberOf(order()[a]) - numberOf(order()[b])).map(([, line]) => `${line}\n`);
    expect(all.stdout).toBe(local + byNumber.join(''));
    expect(await linear.host.run(['getent', map])).toEqual(all);
  });

  test('knows nobody else, with indexes and without', async () => {
    const strangers = ['an', 'anna', 'ANN', 'ann ', 'ann:', 'a.n', '-', '+', '#', '0', '10', '60001', '4294967294', 'é', longest.slice(1)];
    const others = hasNumberIndexes ? [...strangers, 'giant', 'archive', '3000000001', '4000000001'] : strangers;
    for (const map of ['passwd', 'group', 'shadow']) {
      const local = (await agent.host.run(['getent', '-s', 'files', map, '--', ...others])).stdout;
      expect(await getent(agent, map, others)).toMatchObject({ status: 2, stdout: local });
      expect(await getent(linear, map, others)).toMatchObject({ status: 2, stdout: local });
    }
  });

  test(`finds by name through an index, and by number ${hasNumberIndexes ? 'too' : 'without one'}`, async () => {
    expect(await indexesSearched(agent, 'passwd', 'ann')).toEqual(['passwd.cache.ixname']);
    expect(await indexesSearched(agent, 'group', 'web-prod')).toEqual(['group.cache.ixname']);
    expect(await indexesSearched(agent, 'shadow', 'ann')).toEqual(['shadow.cache.ixname']);
    expect(await indexesSearched(agent, 'passwd', '10000')).toEqual(hasNumberIndexes ? ['passwd.cache.ixuid'] : []);
    expect(await indexesSearched(agent, 'group', '5001')).toEqual(hasNumberIndexes ? ['group.cache.ixgid'] : []);
    expect(await indexesSearched(linear, 'passwd', 'ann')).toEqual([]);
    expect((await readdir(join(disk.path, 'current/'))).includes('passwd.cache.ixuid')).toBe(hasNumberIndexes);
  });

  test('gives a person the groups that list her, nested ones too', async () => {
    for (const login of ['ann', longest, shown.at(-1)?.uid ?? '']) {
      const listed = shownGroups.filter((one) => groupLine(one, shownCompany).split(/[:,]/).slice(3).includes(login));
      const { stdout } = await agent.host.run(['id', '-Gn', '--', login]);
      const primary = localGroups.has('staff') ? '5000' : 'staff';
      expect(stdout.trim().split(' ').sort()).toEqual([primary, ...listed.map(({ cn }) => cn)].sort());
    }
  });
});

describe('the company of this test', () => {
  test('has names in many scripts, a group of 900, and numbers above 2^31', () => {
    expect(people.filter(({ gecos }) => /[^\x20-\x7e]/.test(gecos ?? '')).length).toBeGreaterThan(100);
    expect(people.filter(({ gecos }) => gecos === undefined).length).toBeGreaterThan(50);
    expect(groups.find(({ cn }) => cn === 'vpn-users')?.memberUid).toHaveLength(900);
    expect(people.filter(({ loginShell }) => !rules.shells.includes(loginShell)).length).toBeGreaterThan(50);
    expect(giant.uidNumber).toBeGreaterThan(2 ** 31);
  });
});

async function bootHost(disk: StateDisk, config: Changes): Promise<AgentHost> {
  const agent = await AgentHost.boot(disk, config);
  await agent.host.writeEtc('shells', `# the shells of this host\n${rules.shells.join('\n')}\n`);
  return agent;
}

async function getent({ host }: AgentHost, map: string, keys: readonly string[]): Promise<ProgramResult> {
  return await host.run(['getent', map, '--', ...keys]);
}

/** The indexes that a lookup searches: libnss-cache maps one into memory only when it is not older than its map. */
async function indexesSearched({ host }: AgentHost, map: string, key: string): Promise<string[]> {
  const { status, calls } = await countSyscalls({ command: host.commandLine(['getent', map, '--', key]), syscalls: ['mmap'] });
  expect(status).toBe(0);
  return calls.flatMap(({ paths }) => paths.map((path) => basename(path))).filter((name) => name.includes('.cache.'));
}

async function copyWithoutIndexes(from: string, to: string): Promise<void> {
  const generation = await readlink(join(from, 'current'));
  await mkdir(join(to, generation), { recursive: true });
  for (const map of ['passwd.cache', 'group.cache', 'shadow.cache']) {
    await copyFile(join(from, generation, map), join(to, generation, map));
  }
  await rm(join(to, 'current'), { force: true });
  await symlink(generation, join(to, 'current'));
}

function isSmall(one: Person | Group): boolean {
  return numberOf(one) <= 60_000;
}

function numberOf(one: Person | Group | undefined): number {
  if (one === undefined) return 0;
  return 'uidNumber' in one ? one.uidNumber : one.gidNumber;
}
