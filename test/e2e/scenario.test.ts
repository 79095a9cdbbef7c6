/**
 * What an operator sees of a run, and what it leaves on the disk: one golden file a scenario. UPDATE=1 writes them anew.
 */
import { lstatSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { acquireLock } from '../../src/host/lock.ts';
import { ScratchRoot } from '../cli/command.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { readCurrent } from '../support/current-generation.ts';
import { personDn } from '../support/ldif.ts';
import { generatePeople, type Group } from '../support/people.ts';
import { fingerprints } from '../support/state-tree.ts';
import { Transcript } from '../support/transcript.ts';

const logins = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy'];
/** Of the host itself: shells decide what is shown, and the group of shadow.cache comes from here. */
const hostFiles = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
  'etc/group': 'root:x:0:\nshadow:x:42:\n',
  'etc/shells': '/bin/sh\n/bin/bash\n',
};
const groups: readonly Group[] = [
  { cn: 'employees', gidNumber: 5000, memberUid: [] },
  { cn: 'web-team', gidNumber: 7001, memberUid: ['alice', 'bob', 'carol', 'contractors'] },
  { cn: 'contractors', gidNumber: 7002, memberUid: ['dave'] },
];
/** Written by every run. */
const RUN_FILES = ['state', 'state/last-run.json', 'state/lock'];

let directory: CompanyDirectory;
let root: ScratchRoot;
let transcript: Transcript;

beforeAll(async () => {
  const named = logins.map((uid) => ({ uid, cn: uid, gecos: uid, loginShell: '/bin/bash' }));
  const { people } = generatePeople({ count: logins.length, named });
  const withRefusals = [...people].map((person) =>
    person.uid === 'judy' ? { ...person, uidNumber: 70_000, loginShell: '/bin/zsh' } : person,
  );
  directory = await startCompanyDirectory({ people: { count: logins.length, people: withRefusals, groups } });
});

afterAll(async () => {
  await directory?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  root = await ScratchRoot.create(directory.config({ 'access.everyone': undefined, 'access.groups': ['web-team'] }));
  for (const [name, text] of Object.entries(hostFiles)) await root.write(name, text);
  transcript = new Transcript(root);
});

afterEach(async () => {
  await root?.[Symbol.asyncDispose]();
});

describe('an operator sees', () => {
  test('a first sync', async () => {
    await transcript.run('status');
    await transcript.run('diff');
    await transcript.run('sync');
    await transcript.run('status');
    await transcript.run('keys', 'dave');
    transcript.showState();
    transcript.expectGolden('first-sync');
  });

  test('a sync that changes nothing, and touches nothing', async () => {
    await root.holdfast('sync');
    const before = fingerprints(root.state, RUN_FILES);
    await transcript.run('diff');
    await transcript.run('sync');
    expect(fingerprints(root.state, RUN_FILES)).toEqual(before);
    transcript.showState();
    transcript.expectGolden('unchanged');
  });

  test('a sync that changes one person, and links all that has stayed', async () => {
    await root.holdfast('sync');
    await using _back = await changeGecos('bob', 'Bob, the Bøilder');
    await transcript.run('diff');
    await transcript.run('sync');
    transcript.showState();
    transcript.expectGolden('one-person-changed');

    const changed = new Set(['passwd.cache', 'passwd.cache.ixname', 'passwd.cache.ixuid', 'manifest.json']);
    const files = [...fingerprints(join(root.state, 'generations/2')).keys()].filter((name) => name !== 'keys');
    const shared = files.filter((name) => inodeOf(1, name) === inodeOf(2, name));
    expect(shared.sort()).toEqual(files.filter((name) => !changed.has(name)).sort());
    for (const name of files) expect(lstatSync(join(root.state, 'generations/2', name)).nlink, name).toBe(changed.has(name) ? 1 : 2);
  });

  test('a sync with the directory down', async () => {
    await root.holdfast('sync');
    const before = fingerprints(root.state, RUN_FILES);
    transcript.note('the directory is stopped');
    await directory.whileDown(async () => {
      await transcript.run('sync');
      await transcript.run('diff');
      await transcript.run('status');
    });
    expect(fingerprints(root.state, RUN_FILES)).toEqual(before);
    transcript.note('the directory is back');
    await transcript.run('sync');
    await transcript.run('status');
    transcript.showState();
    transcript.expectGolden('directory-down');
  });

  test('a crowd that vanishes, is held, and is let go', async () => {
    await root.holdfast('sync');
    transcript.note('seven of nine people are gone from the directory');
    const people = [...generatePeople({ count: logins.length, named: logins.map((uid) => ({ uid })) }).people];
    await using _gone = await directory.without(people.slice(2, 9));
    await transcript.run('sync');
    transcript.showState();
    await transcript.run('diff');
    await transcript.run('status');
    await transcript.run('sync', '--approve-removals');
    await transcript.run('status');
    transcript.showState();
    transcript.expectGolden('held');
  });

  test('a damaged generation noticed and rebuilt', async () => {
    await root.holdfast('sync');
    await using _back = await changeGecos('bob', 'Bob, the Bøilder');
    await root.holdfast('sync');
    const serving = readCurrent(root.state);
    transcript.note('passwd.cache of the current generation loses its end');
    truncateSync(join(root.state, 'current/passwd.cache'), 100);
    await transcript.run('sync');
    await transcript.run('status');
    expect(readCurrent(root.state)).toEqual(serving);
    transcript.showState();
    transcript.expectGolden('damaged');
  });

  test('a sync while another is at work', async () => {
    await root.holdfast('sync');
    const before = fingerprints(root.state, ['state', 'state/lock']);
    {
      using _lock = await acquireLock(join(root.state, 'state/lock'), 0);
      const { stderr } = await transcript.run('sync');
      expect(stderr).toContain(`(pid ${process.pid})`);
    }
    expect(fingerprints(root.state, ['state', 'state/lock'])).toEqual(before);
    transcript.note('the other one is done');
    await transcript.run('sync');
    transcript.showState();
    transcript.expectGolden('lock-held');
  });
});

/** Until the result is disposed of. */
async function changeGecos(uid: string, gecos: string): Promise<AsyncDisposable> {
  const set = async (text: string): Promise<void> => {
    const value = Buffer.from(text).toString('base64');
    await directory.slapd.modify(`dn: ${personDn(uid)}\nchangetype: modify\nreplace: gecos\ngecos:: ${value}\n`);
  };
  await set(gecos);
  return { [Symbol.asyncDispose]: async () => await set(uid) };
}

function inodeOf(generation: number, name: string): number {
  return lstatSync(join(root.state, 'generations', String(generation), name)).ino;
}
