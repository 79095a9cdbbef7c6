/**
 * Readers that never stop while generation after generation is committed: nobody dies, nobody gets a wrong answer, and nobody
 * is missing who stays.
 *
 * That the hammers can fail is shown in test/support/namespace-host.test.ts and below; without the comments that keep records
 * at multiples of 64 bytes, this test fails (see src/caches/map-file.ts).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AgentHost, StateDisk } from '../support/agent-host.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { currentNumber, readCurrent } from '../support/current-generation.ts';
import { groupDn, personDn } from '../support/ldif.ts';
import { startGroupHammer, startKeysHammer } from '../support/more-hammers.ts';
import { startNssHammer } from '../support/nss-hammer.ts';
import { wireHost } from '../support/packaged-sshd.ts';
import { generatePeople, type Group, type Person } from '../support/people.ts';

const ROUNDS = 6;
/** Lengths of a text in the first record of passwd, and of the first group's members. */
const NUDGES = [9, 6, 3];

/** Logins of one to nine letters, to make a member list a little longer or shorter. */
const short = NUDGES.map((length) => ({ uid: 'nine-char'.slice(0, length - 1) }));
const named = [{ uid: 'first' }, ...short];
const people = [...generatePeople({ count: 360, named }).people];
const first = people.slice(0, 1);
const others = people.slice(1, 300);
const joining = people.slice(300);
/** Some from all over the map, so that what comes and goes before them moves them. */
const staying = others.filter((_, index) => index % 40 === 39);
const leaving = others.filter((person) => !staying.includes(person));

const groups = Array.from({ length: 40 }, (_, index) => groupOf(index));
const stayingGroups = groups.filter((_, index) => index % 8 === 7);
const leavingGroups = groups.slice(1).filter((group) => !stayingGroups.includes(group));

let directory: CompanyDirectory;
let disk: StateDisk;
let agent: AgentHost;

beforeAll(async () => {
  directory = await startCompanyDirectory({ people: { count: 300, people: [...first, ...others], groups } });
  disk = await StateDisk.create();
  agent = await AgentHost.boot(disk, directory.config());
  await wireHost(agent.host);
  expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
});

afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  await disk?.[Symbol.asyncDispose]();
  await directory?.[Symbol.asyncDispose]();
});

test('readers are right while the directory grows, shrinks and changes', { timeout: 240_000 }, async () => {
  const stable = staying.map(expectedUser);
  const absentOk = [...leaving.filter((_, index) => index % 9 === 0), ...joining.slice(0, 20)].map(expectedUser);
  await using users = await startNssHammer({ host: agent.host, processes: 2, stable, absentOk });
  await using groupHammer = await startGroupHammer({
    host: agent.host,
    stable: stayingGroups.map(expectedGroup),
    absentOk: leavingGroups.map(expectedGroup),
  });
  await using keys = await startKeysHammer({ host: agent.host, login: 'first', keys: first.flatMap(({ sshPublicKeys }) => sshPublicKeys) });

  // What they read shall not have to wait for them: they take the time that is left.
  await agent.host.run(['sh', '-c', 'renice -n 15 -p $(pgrep -x perl) $(pgrep -f keys-hammer)']);

  for (let round = 0; round < ROUNDS; round += 1) {
    await directory.hire(joining);
    await commit();
    for (const length of NUDGES) {
      // Every record moves by less than a name is long: an old number then leads into the middle of its own record's name.
      await nudge(length);
      await commit();
    }
    await directory.slapd.delete(...namesOf([...joining, ...leaving]).map(personDn), ...leavingGroups.map(({ cn }) => groupDn(cn)));
    expect(await agent.holdfast('sync')).toMatchObject({ status: 65 });
    await commit('--approve-removals');
    expect(shownLogins()).toEqual(namesOf([...first, ...staying]));
    await directory.hire(leaving, leavingGroups);
    await commit();
    expect(shownLogins()).toEqual(namesOf([...first, ...others]));
  }

  expect(currentNumber(disk.path)).toBe(1 + (3 + NUDGES.length) * ROUNDS);
  const reports = await Promise.all([users.stop(), groupHammer.stop(), keys.stop()]);
  for (const report of reports) {
    expect(report).toMatchObject({ aborted: [], missing: 0, wrong: 0, examples: [] });
    expect(report.found).toBeGreaterThan(0);
  }
});

describe('the hammers of this test', () => {
  test('tell of a group that is missing and of one with another number', async () => {
    const stable = [
      { name: 'nobody-has-this', gid: 7999 },
      { name: 'team-7', gid: 7001 },
    ];
    await using hammer = await startGroupHammer({ host: agent.host, stable, absentOk: [{ name: 'nor-this', gid: 7998 }] });
    const { missing, wrong, examples } = await hammer.stop();
    expect({ isMissing: missing > 0, isWrong: wrong > 0 }).toEqual({ isMissing: true, isWrong: true });
    expect(examples).toContain('missing: getgrgid(7999)');
    expect(examples).toContain('wrong: getgrnam(team-7) answered team-7:7007, not team-7:7001');
  });

  test('tell of keys that are missing and of others', async () => {
    const { uid = '' } = staying[0] ?? {};
    await using wrong = await startKeysHammer({ host: agent.host, login: uid, keys: ['ssh-ed25519 AAAA'] });
    expect(await wrong.stop()).toMatchObject({ found: 0, missing: 0, wrong: expect.any(Number) });
    await using missing = await startKeysHammer({ host: agent.host, login: 'nobody-has-this', keys: ['ssh-ed25519 AAAA'] });
    expect((await missing.stop()).missing).toBeGreaterThan(0);
  });
});

/** A sync that must commit. */
async function commit(...args: readonly string[]): Promise<void> {
  const before = currentNumber(disk.path) ?? 0;
  expect(await agent.holdfast('sync', ...args)).toMatchObject({ status: 0 });
  expect(currentNumber(disk.path)).toBe(before + 1);
}

/** Moves all records of passwd and group that follow the first by a few bytes. */
async function nudge(length: number): Promise<void> {
  const member = 'nine-char'.slice(0, length - 1);
  await directory.slapd.modify(
    `dn: ${personDn('first')}\nchangetype: modify\nreplace: gecos\ngecos: ${'x'.repeat(length)}\n\n` +
      `dn: ${groupDn('team-0')}\nchangetype: modify\nreplace: memberUid\nmemberUid: first\nmemberUid: ${member}\n`,
  );
}

function shownLogins(): string[] {
  return (readCurrent(disk.path)?.passwd ?? []).map((line) => line.split(':')[0] ?? '');
}

function groupOf(index: number): Group {
  const members = index === 0 ? first : others.slice(index * 7, index * 7 + 20);
  return { cn: `team-${index}`, gidNumber: 7000 + index, memberUid: namesOf(members) };
}

function namesOf(of: readonly Person[]): string[] {
  return of.map(({ uid }) => uid);
}

function expectedUser({ uid, uidNumber }: Person): { name: string; uid: number } {
  return { name: uid, uid: uidNumber };
}

function expectedGroup({ cn, gidNumber }: Group): { name: string; gid: number } {
  return { name: cn, gid: gidNumber };
}
