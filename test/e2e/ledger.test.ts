/**
 * A uid that comes back with another person, or a person who comes back with another uid: NSS knows neither until somebody approves.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ContestedUid } from '../../src/state/contested-uids.ts';
import { AgentHost, StateDisk } from '../support/agent-host.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { personDn } from '../support/ldif.ts';
import { generatePeople, type Person } from '../support/people.ts';
import { fingerprints } from '../support/state-tree.ts';

const RUN_FILES = ['state', 'state/last-run.json', 'state/lock'];
const today = /[0-9]{4}-[0-9]{2}-[0-9]{2}/.source;

const [alice, carol] = [...generatePeople({ count: 2, named: [{ uid: 'alice' }, { uid: 'carol' }] }).people] as [Person, Person];
/** A newcomer, hired with the number that alice had. */
const bob: Person = { ...alice, uid: 'bob', cn: 'bob', gecos: 'bob', homeDirectory: '/home/bob' };
const carolUid = carol.uidNumber;

let directory: CompanyDirectory;
let disk: StateDisk;
let agent: AgentHost;

beforeAll(async () => {
  directory = await startCompanyDirectory({ people: { count: 2, people: [alice, carol], groups: [] } });
});

afterAll(async () => {
  await directory?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  disk = await StateDisk.create();
  agent = await AgentHost.boot(disk, directory.config({ 'access.everyone': true }));
  await sync(0);
});

afterEach(async () => {
  await agent?.[Symbol.asyncDispose]();
  await disk?.[Symbol.asyncDispose]();
});

describe('when alice has left and bob comes with her uid', () => {
  const why = new RegExp(`uid ${alice.uidNumber}, which "bob" has now, was that of "alice" \\(first seen ${today}, gone since ${today}\\)`);

  test('bob resolves when somebody has approved it, and not before', async () => {
    await using _left = await directory.without([alice]);
    await directory.hire([bob]);
    await using _fired = { [Symbol.asyncDispose]: async () => void (await directory.without([bob])) };
    const { stderr } = await sync(0);
    expect(stderr).toMatch(why);
    expect(stderr).toContain('holdfast: hint: when the uid is meant: holdfast approve uid --list\n');
    expect(await shown('bob', 'alice', alice.uidNumber)).toEqual([]);
    expect(await printedKeys('bob')).toBe('');

    const before = fingerprints(disk.path, RUN_FILES);
    await sync(0);
    expect(fingerprints(disk.path, RUN_FILES)).toEqual(before);

    const status = await agent.holdfast('status');
    expect(status.status).toBe(1);
    expect(status.stdout).toMatch(new RegExp(`^problem: "bob" does not resolve: ${why.source}$`, 'm'));
    expect(status.stdout).toMatch(/^quarantined {2}1 \(uid-reused 1\): holdfast quarantine$/m);
    const list = await agent.holdfast('approve', 'uid', '--list');
    expect(list).toMatchObject({ status: 0, stdout: expect.stringMatching(why) });
    expect(list.stdout).toMatch(new RegExp(`^bob {2}uid ${alice.uidNumber}, source corp, waiting since ${today}\n`));

    expect(await agent.holdfast('approve', 'uid', 'alice')).toMatchObject({ status: 1 });
    const approval = await agent.holdfast('approve', 'uid', 'bob');
    expect(approval).toMatchObject({ status: 0, stderr: 'holdfast: hint: it takes effect with the next run: holdfast sync\n' });
    expect(approval.stdout).toMatch(`approved: bob may have uid ${alice.uidNumber} (`);
    expect(await shown('bob')).toEqual([]);
    await sync(0);
    expect(await shown('bob', 'alice', alice.uidNumber)).toEqual(['bob', 'bob']);
    expect(await printedKeys('bob')).not.toBe('');
    expect(await contested()).toEqual([]);
    expect(await agent.holdfast('status')).toMatchObject({ status: 0 });
  });

  test('alice, who comes back under a new id, has to be approved as well', async () => {
    await using _left = await directory.without([alice]);
    await sync(0);
    await directory.hire([{ ...alice, entryUUID: '00000000-0000-4000-8000-000000000000' }]);
    await using _fired = { [Symbol.asyncDispose]: async () => void (await directory.without([alice])) };
    await sync(0);
    expect(await shown('alice')).toEqual([]);
    expect(await contested()).toMatchObject([{ login: 'alice', uid: alice.uidNumber, code: 'uid-reused' }]);
    await agent.holdfast('approve', 'uid', String(alice.uidNumber));
    await sync(0);
    expect(await shown('alice')).toEqual(['alice']);
  });

  test('a ledger that somebody has deleted is missed, and begun anew with whom the host showed', async () => {
    await rm(join(disk.path, 'state/uid-ledger'));
    expect((await agent.holdfast('status')).stdout).toMatch(
      /^problem: the uid ledger \S+\/uid-ledger is missing, though generations were committed here/m,
    );
    await using _left = await directory.without([alice]);
    await directory.hire([bob]);
    await using _fired = { [Symbol.asyncDispose]: async () => void (await directory.without([bob])) };
    const { stderr } = await sync(0);
    expect(stderr).toMatch(
      /^holdfast: warning: uid ledger: \S+\/uid-ledger is missing, though generations were committed here; a new one is begun with the people shown here$/m,
    );
    expect(stderr).toMatch(why);
    expect(await shown('bob')).toEqual([]);
    expect((await sync(0)).stderr).not.toContain('uid ledger');
    expect((await agent.holdfast('status')).stdout).toMatch(
      new RegExp(`^uid ledger +begun anew on ${today} \\(.* is missing, .*\\); who left`, 'm'),
    );
  });

  test('a damaged ledger is named, kept beside, and begun anew with whom the host showed', async () => {
    await writeFile(join(disk.path, 'state/uid-ledger'), 'half a led');
    await using _left = await directory.without([alice]);
    await directory.hire([bob]);
    await using _fired = { [Symbol.asyncDispose]: async () => void (await directory.without([bob])) };
    const { stderr } = await sync(0);
    expect(stderr).toMatch(/^holdfast: warning: uid ledger: \S+\/uid-ledger is damaged or cut; it is kept beside as uid-ledger\.damaged/m);
    expect(stderr).toMatch(why);
    expect(await shown('bob')).toEqual([]);
    expect((await agent.host.run(['cat', '/var/lib/holdfast/state/uid-ledger.damaged'])).stdout).toBe('half a led');
    expect((await sync(0)).stderr).not.toContain('uid ledger');
    expect((await agent.holdfast('status')).stdout).toMatch(
      new RegExp(`^uid ledger +begun anew on ${today} \\(.* is damaged or cut\\); who left`, 'm'),
    );
  });
});

describe('when everybody gets another uid', () => {
  test('a guard holds that nobody would be left, and one decision lets all have it', async () => {
    await using _alice = await setUid(alice, 50_001);
    await using _carol = await setUid(carol, 50_002);
    expect((await sync(65)).stderr).toContain('holdfast: error: held: the directory shows nobody for this host (people before: 2)');
    expect(await contested()).toMatchObject([
      { login: 'alice', code: 'uid-changed' },
      { login: 'carol', code: 'uid-changed' },
    ]);
    expect(await agent.holdfast('approve', 'uid', '--all')).toMatchObject({ status: 0 });
    await directory.whileDown(async () => await sync(75));
    expect(await shown('alice', 'carol', alice.uidNumber)).toEqual(['alice', 'carol', 'alice']);
    await sync(0);
    expect(await shown(50_001, 50_002, alice.uidNumber)).toEqual(['alice', 'carol']);
    expect(await contested()).toEqual([]);
  });
});

describe('when carol gets another uid', () => {
  test('she does not resolve until somebody has approved it, and nobody gets the uid that she had', async () => {
    await using _back = await setUid(carol, 50_001);
    const dave: Person = { ...carol, uid: 'dave', cn: 'dave', homeDirectory: '/home/dave' };
    await directory.hire([dave]);
    await using _fired = { [Symbol.asyncDispose]: async () => void (await directory.without([dave])) };
    const { stderr } = await sync(0);
    expect(stderr).toMatch(new RegExp(`"carol" had uid ${carolUid} \\(first seen ${today}\\) and now has uid 50001`));
    expect(stderr).toMatch(
      new RegExp(`uid ${carolUid}, which "dave" has now, is that of "carol" \\(first seen ${today}\\), whose new uid nobody`),
    );
    expect(await shown('carol', 'dave', carolUid, 50_001)).toEqual([]);
    expect(await agent.holdfast('approve', 'uid', 'carol')).toMatchObject({ status: 0 });
    await sync(0);
    expect(await shown('carol', 'dave', carolUid)).toEqual(['carol']);
    expect(await contested()).toMatchObject([{ login: 'dave', uid: carolUid, code: 'uid-reused' }]);
  });

  test('a new name is no new person', async () => {
    await directory.slapd.modify(`dn: ${personDn('carol')}\nchangetype: modrdn\nnewrdn: uid=caroline\ndeleteoldrdn: 1\n`);
    await using _back = {
      [Symbol.asyncDispose]: async () =>
        await directory.slapd.modify(`dn: ${personDn('caroline')}\nchangetype: modrdn\nnewrdn: uid=carol\ndeleteoldrdn: 1\n`),
    };
    await sync(0);
    expect(await shown('carol', 'caroline', carolUid)).toEqual(['caroline', 'caroline']);
    expect(await contested()).toEqual([]);
  });
});

async function sync(status: number): Promise<{ readonly stderr: string }> {
  const result = await agent.holdfast('sync');
  expect(result).toMatchObject({ status });
  return result;
}

/** The login names that NSS answers with. */
async function shown(...keys: readonly (string | number)[]): Promise<string[]> {
  const { stdout } = await agent.host.run(['getent', 'passwd', ...keys.map(String)]);
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split(':')[0] ?? '']));
}

async function printedKeys(login: string): Promise<string> {
  return (await agent.holdfast('keys', login)).stdout;
}

async function contested(): Promise<readonly ContestedUid[]> {
  return JSON.parse((await agent.holdfast('approve', 'uid', '--list', '--json')).stdout) as readonly ContestedUid[];
}

/** Until the result is disposed of. */
async function setUid({ uid: login, uidNumber: before }: Person, uidNumber: number): Promise<AsyncDisposable> {
  const set = async (uid: number): Promise<void> =>
    await directory.slapd.modify(`dn: ${personDn(login)}\nchangetype: modify\nreplace: uidNumber\nuidNumber: ${uid}\n`);
  await set(uidNumber);
  return { [Symbol.asyncDispose]: async () => await set(before) };
}
