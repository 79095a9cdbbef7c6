/**
 * Whom the directory denies or locks: a few at once, a crowd after a question, and nobody comes back because something is broken.
 */
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ScratchRoot } from '../cli/command.ts';
import { type Changes, configText } from '../config/configuration.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { readCurrent } from '../support/current-generation.ts';
import { groupDn } from '../support/ldif.ts';
import { generatePeople, type Person } from '../support/people.ts';

const DAY = 86_400_000;
const people = [...generatePeople({ count: 30 }).people];
const [ann, ben, eve, dan] = people as [Person, Person, Person, Person];
const groups = {
  web: people.slice(0, 20),
  oncall: [ann, ben],
  suspended: [eve],
  deployers: [ann, dan],
};

describe('in a company that denies by group', () => {
  let directory: CompanyDirectory;
  let root: ScratchRoot;

  beforeAll(async () => {
    const entries = Object.entries(groups).map(([cn, members], index) => ({ cn, gidNumber: 7001 + index, memberUid: namesOf(members) }));
    directory = await startCompanyDirectory({ people: { count: people.length, people, groups: entries } });
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

  test('a few lose their keys at once', async () => {
    await using _denied = await deny(eve, ...people.slice(4, 9));
    expect((await root.holdfast('diff')).stdout).toContain(`- keys ${people[4]?.uid}: refused by a deny rule\n`);
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('keys +0 -5 ~0') });
  });

  test('a crowd is held, keeps its keys meanwhile, and loses them when a person says so', async () => {
    await using _denied = await deny(eve, ...people.slice(4, 12));
    const { status, stderr } = await root.holdfast('sync');
    expect(status).toBe(65);
    expect(stderr).toContain(
      'held: 8 of 20 logins with keys would be refused: denied, locked or ended in the directory (40 %, max_removed_percent is 10): ',
    );
    expect(stderr).toContain('the last generation goes on serving');
    expect(await keysOf(people[5])).not.toBe('');
    await directory.whileDown(async () => {
      expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
      expect([await keysOf(people[5]), await keysOf(eve)]).toEqual([expect.stringContaining('ssh-'), '']);
    });
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('keys +0 -8 ~0'),
    });
    expect(await keysOf(people[5])).toBe('');
  });

  test('a crowd that is denied a few at a time is held, too', async () => {
    await using _first = await deny(eve, ...people.slice(4, 8));
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    await using _second = await deny(eve, ...people.slice(4, 12));
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining(
        'held: 4 more of the logins with keys would be refused: denied, locked or ended in the directory (8 of 20 within a day: ',
      ),
    });
    expect([await keysOf(people[5]), await keysOf(people[9])]).toEqual(['', expect.stringContaining('ssh-')]);
  });

  test('all who are let in on every host are held, however few', async () => {
    await using _denied = await deny(eve, ann, ben);
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining(
        `held: all of access.always who have keys (2) would be refused: denied, locked or ended in the directory: ${ann.uid}, ${ben.uid}\n`,
      ),
    });
    expect(await keysOf(ann)).not.toBe('');
  });

  test('nobody who is refused while something is held gets in again because a crowd is refused after', async () => {
    await using _gone = await directory.without(people.slice(20));
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    {
      await using _one = await deny(eve, dan);
      expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
      expect(await keysOf(dan)).toBe('');
    }
    await using _crowd = await deny(eve, dan, ...people.slice(4, 12));
    expect(await root.holdfast('sync')).toMatchObject({ status: 65, stderr: expect.stringContaining('would be refused') });
    expect([await keysOf(dan), await keysOf(people[5])]).toEqual(['', expect.stringContaining('ssh-')]);
  });

  test('all who are let in on every host are held when they go one after the other, too', async () => {
    {
      await using _first = await deny(eve, ann);
      expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    }
    await using _both = await deny(eve, ann, ben);
    expect(await root.holdfast('sync')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('held: all of access.always who have keys'),
    });
  });

  test('a crowd that this host denies itself is no question', async () => {
    await configure({ 'access.deny': { users: namesOf(people.slice(4, 14)) } });
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('keys +1 -10 ~0') });
  });

  test('what is held is said while the directory is down, and cannot be approved then', async () => {
    await using _gone = await directory.without(people.slice(20));
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    await directory.whileDown(async () => {
      const { status, stdout } = await root.holdfast('diff');
      expect(status).toBe(75);
      expect(stdout).toMatch(/^! held since \S+Z: 10 of 30 people would go .*; to be seen and approved when every source answers$/m);
      expect(JSON.parse((await root.holdfast('diff', '--json')).stdout)).toMatchObject({ held: [{ guard: 'passwd-removals' }] });
      expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({
        status: 75,
        stderr: expect.stringContaining(
          'warning: what is held cannot be approved while a source does not answer: the approval changed nothing\n',
        ),
      });
    });
  });

  test('nobody comes back while the directory is down because the record of what was held is damaged', async () => {
    await using _gone = await directory.without(people.slice(20));
    await using _denied = await deny(eve, dan);
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    expect(await keysOf(dan)).toBe('');
    await truncate(join(root.state, 'state/held-removals.json'), 20);
    await directory.whileDown(async () => {
      expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
      expect([await keysOf(dan), (await keysOf('deploy')).trimEnd()]).toEqual(['', (await keysOf(ann)).trimEnd()]);
      expect((await root.holdfast('status')).stdout).toMatch(/^problem: the record of held removals is damaged/m);
    });
  });

  test('a damaged record of what was held takes no shared account away from those who are behind it', async () => {
    await configure({ 'access.groups': ['oncall'] });
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    const before = await keysOf('deploy');
    expect([await keysOf(dan), before]).toEqual(['', expect.stringMatching(/ssh-.*\n.*ssh-/)]);
    await writeFile(join(root.state, 'state/held-removals.json'), '{');
    await directory.whileDown(async () => {
      expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
      expect(await keysOf('deploy')).toBe(before);
    });
  });

  test('folders in the place of state files are moved aside and said, and the run goes on', async () => {
    const folder = join(root.state, 'state');
    for (const name of ['held-removals.json', 'past-removals.json', 'audit-9-1.batch', 'snapshot-corp.ndjson']) {
      await rm(join(folder, name), { force: true });
      await mkdir(join(folder, name));
    }
    const { status, stderr } = await root.holdfast('sync');
    expect(status).toBe(0);
    expect(stderr).toContain(`warning: a folder was in the place of the state file ${folder}/held-removals.json: moved to `);
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.not.stringContaining('a folder was in the place') });
  });

  test('with caches, ledger and the record of what was held damaged, and nobody answering, nobody who is refused gets keys', async () => {
    await using _gone = await directory.without(people.slice(20));
    await using _denied = await deny(eve, dan);
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    for (const name of ['current/passwd.cache', 'state/held-removals.json', 'state/uid-ledger']) await truncate(join(root.state, name), 20);
    await directory.whileDown(async () => {
      expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
      expect([await keysOf(eve), await keysOf(dan)]).toEqual(['', '']);
      expect(await keysOf(ann)).not.toBe('');
    });
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    expect([await keysOf(eve), await keysOf(dan)]).toEqual(['', '']);
  });

  test('caches that are damaged while a guard holds are made anew', async () => {
    await using _gone = await directory.without(people.slice(20));
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    const before = readCurrent(root.state);
    await truncate(join(root.state, 'current/passwd.cache'), 100);
    expect((await root.holdfast('status')).stdout).toMatch(/^problem: the current generation is damaged: generation \d+: .*passwd\.cache/m);
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    expect(readCurrent(root.state)).toEqual(before);
  });

  describe('while it is down and its last good snapshot is damaged', () => {
    test('nothing else than what served before serves', async () => {
      const before = readCurrent(root.state);
      await whileForgotten(async () => {
        const { status, stderr } = await root.holdfast('sync');
        expect(status).toBe(75);
        expect(stderr).toContain('its last good snapshot cannot be used: ');
        expect(stderr).toContain('caches kept as they are');
      });
      expect(readCurrent(root.state)).toEqual(before);
    });

    test('a denial acts, in shared accounts too, and takes nothing from anybody else', async () => {
      const [annsKeys, before] = [await keysOf(ann), readCurrent(root.state)];
      await whileForgotten(async () => {
        await configure({ 'access.deny': { groups: ['suspended'], users: [dan.uid] } });
        const { status, stderr } = await root.holdfast('sync');
        expect(status).toBe(75);
        expect(stderr).toContain(
          `generation 2 serves what served before, less who is refused (keys +0 -1 ~1); keys were withheld or changed of ${dan.uid}, deploy\n`,
        );
        expect([await keysOf(dan), await keysOf('deploy')]).toEqual(['', annsKeys]);
        expect(readCurrent(root.state)?.passwd).toEqual(before?.passwd);
        expect(await root.holdfast('sync')).toMatchObject({ status: 75, stderr: expect.stringContaining('caches kept as they are') });
        expect(await root.holdfast('diff')).toMatchObject({ status: 75 });
      });
      await configure();
      expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
      expect(readCurrent(root.state)?.keys).toEqual(before?.keys);
    });

    test('a revoked key goes', async () => {
      const annsKeys = await keysOf(ann);
      await whileForgotten(async () => {
        await root.write('etc/holdfast/revoked', annsKeys);
        await configure({ 'policy.keys': { revoked: `file:${root.path}/etc/holdfast/revoked` } });
        expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
        expect([await keysOf(ann), await keysOf('deploy')]).toEqual(['', await keysOf(dan)]);
      });
    });

    test('silence for longer than deny_after leaves keys to access.always alone', async () => {
      await configure({ 'staleness.deny_after': '7d' });
      const path = join(root.state, 'state/last-run.json');
      const long = new Date(Date.now() - 8 * DAY).toISOString();
      await writeFile(path, (await readFile(path, 'utf8')).replace(/"lastSuccess": "[^"]*"/, `"lastSuccess": "${long}"`));
      await whileForgotten(async () => {
        expect(await root.holdfast('sync')).toMatchObject({
          status: 75,
          stderr: expect.stringMatching(/longer than staleness\.deny_after: 17 people of it denied/),
        });
        expect([await keysOf(ann), await keysOf(ben), await keysOf(dan)]).toEqual([
          expect.stringContaining('ssh-'),
          expect.stringContaining('ssh-'),
          '',
        ]);
        expect(await keysOf('deploy')).toBe(await keysOf(ann));
      });
    });

    test('a rule that would leave nobody who is known takes nobody out', async () => {
      const before = readCurrent(root.state);
      await whileForgotten(async () => {
        await configure({ 'access.groups': ['wbe'], 'access.always': undefined, 'access.accounts.deploy': undefined });
        expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
        expect(await keysOf(ben)).not.toBe('');
      });
      expect(readCurrent(root.state)?.passwd).toEqual(before?.passwd);
    });
  });

  async function whileForgotten(work: () => Promise<void>): Promise<void> {
    const folder = join(root.state, 'state');
    for (const name of await readdir(folder)) if (name.startsWith('snapshot-')) await truncate(join(folder, name), 200);
    await directory.whileDown(work);
  }

  async function configure(changes: Changes = {}): Promise<void> {
    const rules = {
      'access.groups': ['web'],
      'access.always': { groups: ['oncall'] },
      'access.deny': { groups: ['suspended'] },
      'access.accounts.deploy': { groups: ['deployers'] },
    };
    await root.write('etc/holdfast/holdfast.toml', configText(directory.config({ 'access.everyone': undefined, ...rules, ...changes })));
  }

  async function keysOf(who: Person | string | undefined): Promise<string> {
    return (await root.holdfast('keys', typeof who === 'string' ? who : (who?.uid ?? ''))).stdout;
  }

  /** Nobody else is denied, until the result is disposed of. */
  async function deny(...denied: readonly Person[]): Promise<AsyncDisposable> {
    const replace = async (members: readonly Person[]): Promise<void> =>
      await directory.slapd.modify(
        `dn: ${groupDn('suspended')}\nchangetype: modify\nreplace: memberUid\n${members.map(({ uid }) => `memberUid: ${uid}\n`).join('')}`,
      );
    await replace(denied);
    return { [Symbol.asyncDispose]: async () => await replace(groups.suspended) };
  }
});

function namesOf(some: readonly Person[]): string[] {
  return some.map(({ uid }) => uid);
}
