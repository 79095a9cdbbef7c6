/**
 * Two directories and a file of break-glass accounts on one host: each fails alone, and none takes another's people away.
 */
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CommandResult, ScratchRoot } from '../cli/command.ts';
import { type Changes, configText } from '../config/configuration.ts';
import { ed25519, otherEd25519 } from '../directory/public-keys.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { groupDn, personDn } from '../support/ldif.ts';
import { generatePeople, type Person } from '../support/people.ts';

const DAY = 86_400_000;
const GLASS_KEY = `${ed25519.type} ${ed25519.blob} glass@safe`;
const OTHER_KEY = `${otherEd25519.type} ${otherEd25519.blob} other@safe`;
const everybody = [...generatePeople({ count: 25 }).people];
const ofA = everybody.slice(0, 12);
const ofB = everybody.slice(12, 24);
const [ann] = ofA as [Person];
const [bea] = ofB as [Person];
const newcomer = everybody[24] as Person;

let a: CompanyDirectory;
let b: CompanyDirectory;
let root: ScratchRoot;

beforeAll(async () => {
  const web = (members: readonly Person[], cn: string, gidNumber: number) => ({ cn, gidNumber, memberUid: members.map(({ uid }) => uid) });
  [a, b] = await Promise.all([
    startCompanyDirectory({ people: { count: 12, people: ofA, groups: [web(ofA, 'web-a', 7001)] } }),
    startCompanyDirectory({ people: { count: 12, people: ofB, groups: [web(ofB, 'web-b', 7002)] } }),
  ]);
});

afterAll(async () => {
  await Promise.all([a?.[Symbol.asyncDispose](), b?.[Symbol.asyncDispose]()]);
});

beforeEach(async () => {
  root = await ScratchRoot.create();
  await writeGlass(glass());
  await configure();
  expect(await sync()).toMatchObject({ status: 0 });
});

afterEach(async () => {
  await root?.[Symbol.asyncDispose]();
});

describe('a source that is down', () => {
  test('keeps its people from its last good snapshot, while the others go on', async () => {
    await a.whileDown(async () => {
      await b.hire([newcomer]);
      try {
        const { status, stderr } = await sync();
        expect(status).toBe(75);
        expect(stderr).toMatch(/^holdfast: error: source "a": ldaps:.*ECONNREFUSED/m);
        expect(stderr).toContain('source "a": its last good snapshot goes on serving');
        expect(stderr).not.toContain('source "b"');
        expect(await keysOf(ann.uid)).not.toBe('');
        expect(await keysOf(newcomer.uid)).not.toBe('');
        const said = (await root.holdfast('status')).stdout;
        expect(said).toMatch(/^source a .*12 people, 1 group; failed in the last run$/m);
        expect(said).toMatch(/^source b .*13 people, 1 group$/m);
        expect(said).toMatch(/^problem: the last run failed with status 75: source "a": ldaps:/m);
      } finally {
        await b.slapd.delete(personDn(newcomer.uid));
      }
    });
  });

  test('does not stop the file, even when it is not the only one', async () => {
    await a.whileDown(async () => {
      await b.whileDown(async () => {
        await writeGlass(`${glass()}[[user]]\nname = "second"\nuid = 5901\ngid = 5900\nhome = "/home/second"\nkeys = ["${OTHER_KEY}"]\n`);
        const { status, stderr } = await sync();
        expect(status).toBe(75);
        expect(stderr).toMatch(/source "a": [^]*source "b": /);
        expect(stderr).toContain('26 people');
      });
    });
    expect(await keysOf(bea.uid)).not.toBe('');
  });

  test('and stays down loses keys after deny_after, while the group in the file keeps its own', async () => {
    await configure({ 'staleness.deny_after': '7d', 'access.always': { groups: ['glass'] } });
    await writeGlass(glass().replace('members = ["glass"]', `members = ["glass", "${ann.uid}"]`));
    expect(await sync()).toMatchObject({ status: 0 });
    await answeredLast('a', 8 * DAY);
    await a.whileDown(async () => {
      const { status, stderr } = await sync();
      expect(status).toBe(75);
      expect(stderr).toMatch(/source "a": silent since \S+, longer than staleness\.deny_after: 11 people of it denied/);
    });
    expect(await keysOf('glass')).toContain(GLASS_KEY);
    expect(await keysOf(ann.uid)).not.toBe('');
    expect(await keysOf(ofA[1]?.uid ?? '')).toBe('');
    expect(await keysOf(bea.uid)).not.toBe('');
  });
});

describe('a client certificate that cannot be read', () => {
  test('is a failure of its source alone, and the rules go on acting', async () => {
    await configure({ 'source[0].tls': { cert: 'file:/gone.crt', key: 'file:/gone.key' }, 'access.deny': { users: [ann.uid] } });
    const { status, stderr } = await sync();
    expect(status).toBe(75);
    expect(stderr).toContain('holdfast: error: source "a": tls.cert: cannot read "/gone.crt": there is no such file\n');
    expect(await keysOf(ann.uid)).toBe('');
    expect(await keysOf(ofA[1]?.uid ?? '')).not.toBe('');
  });

  test('of the only source is status 78, and the rules go on acting', async () => {
    await configureOnly(['a']);
    expect(await sync()).toMatchObject({ status: 0 });
    await configureOnly(['a'], { 'source[0].tls': { cert: 'file:/gone.crt', key: 'file:/gone.key' }, 'access.deny': { users: [ann.uid] } });
    const { status, stderr } = await sync();
    expect(status).toBe(78);
    expect(stderr).toMatch(/^holdfast: error: source "a": tls\.c/m);
    expect(stderr).toContain('source "a": its last good snapshot goes on serving');
    expect(await keysOf(ann.uid)).toBe('');
    expect(await root.holdfast('status')).toMatchObject({ status: 1, stdout: expect.stringContaining('failed with status 78') as string });
  });
});

describe('a file', () => {
  const broken: [string, () => Promise<void>, RegExp, number][] = [
    [
      'with a mistake',
      async () => await writeGlass('[[user]]\nname = "gl ass"\n'),
      /glass\.toml:2:1: user\[0\]\.name: login name "gl ass" /,
      65,
    ],
    ['that is gone', async () => await rm(glassPath()), /path: cannot read ".*glass\.toml": there is no such file/, 75],
    ['that others may write', async () => await chmod(glassPath(), 0o666), /path: ".*glass\.toml" is writable by everyone/, 65],
  ];

  test.each(broken)('%s serves as it last was, beside the others', async (_what, breakIt, message) => {
    await breakIt();
    const { status, stderr } = await sync();
    expect({ status, stderr }).toEqual({ status: 75, stderr: expect.stringMatching(message) as string });
    expect(stderr).toContain('source "glass": its last good snapshot goes on serving');
    expect(await keysOf('glass')).toContain(GLASS_KEY);
    expect(await root.holdfast('config', 'check')).toMatchObject({ status: 78, stderr: expect.stringMatching(message) as string });
  });

  test.each(broken)('%s that is the only source says so with its own status', async (_what, breakIt, message, expected) => {
    await configureOnly(['glass']);
    expect(await sync()).toMatchObject({ status: 0 });
    await breakIt();
    expect(await sync()).toMatchObject({ status: expected, stderr: expect.stringMatching(message) as string });
    expect(await keysOf('glass')).toContain(GLASS_KEY);
  });

  test("has hashes only when asked for, and is nobody else's to read then", async () => {
    const hash = '$6$saltsalt$abcdefghijklmnopqrstuvwxyz0123456789';
    await configureOnly(['glass'], { 'source[0].password_hashes': true });
    await writeGlass(glass().replace('keys =', `password_hash = "${hash}"\nkeys =`));
    expect(await sync()).toMatchObject({ status: 65, stderr: expect.stringMatching(/is readable by everyone \(mode 0644\)/) as string });
    await chmod(glassPath(), 0o600);
    expect(await sync()).toMatchObject({ status: 0 });
    expect(await readFile(join(root.state, 'current/shadow.cache'), 'utf8')).toContain(`glass:${hash}:`);
  });
});

describe('two sources that have the same person', () => {
  test('do not change hands: whom the host shows already stays, whatever the order', async () => {
    await b.hire([{ ...ann, sshPublicKeys: [OTHER_KEY], entryUUID: 'b0000000-0000-4000-8000-000000000000' }]);
    try {
      const before = await keysOf(ann.uid);
      expect(await sync()).toMatchObject({ status: 0, stderr: expect.stringContaining('quarantined 1 record') as string });
      await configureOnly(['b', 'a', 'glass']);
      expect(await sync()).toMatchObject({ status: 0 });
      expect(await keysOf(ann.uid)).toBe(before);
    } finally {
      await b.slapd.delete(personDn(ann.uid));
    }
  });

  test('hand a name over with its uid only when a person approves it', async () => {
    const moved: Person = { ...ann, sshPublicKeys: [OTHER_KEY], entryUUID: 'b0000000-0000-4000-8000-000000000000' };
    await using _gone = await a.without([ann]);
    await b.hire([moved]);
    try {
      expect(await sync()).toMatchObject({ status: 0, stderr: expect.stringContaining('uid-reused') as string });
      expect(await keysOf(ann.uid)).toBe('');
      expect(await root.holdfast('approve', 'uid', ann.uid)).toMatchObject({ status: 0 });
      expect(await sync()).toMatchObject({ status: 0 });
      expect(await keysOf(ann.uid)).toContain(OTHER_KEY);
    } finally {
      await b.slapd.delete(personDn(ann.uid));
    }
  });
});

test('a name whose owner is refused goes to no namesake of another source before a person approves it', async () => {
  const namesake = `[[user]]\nname = "${ann.uid}"\nuid = 5901\ngid = 5900\nhome = "/home/x"\nkeys = ["${OTHER_KEY}"]\n`;
  await writeGlass(`${glass()}${namesake}`);
  await moveHome('relative');
  try {
    const { status, stderr } = await sync();
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringMatching(/\(name-reused\).* whose entry is refused now$/m) as string,
    });
    expect(stderr).toContain('holdfast: hint: when this person is meant by the name: holdfast approve uid --list\n');
    expect(await keysOf(ann.uid)).toBe('');
    const { stdout } = await root.holdfast('why', ann.uid);
    expect(stdout).toMatch(/uid 5901 of source "glass" has now, was\s+that of uid [0-9]+ of source "a"/);
    expect(stdout).toContain(`holdfast approve uid ${ann.uid}`);
    expect((await root.holdfast('quarantine')).stdout).toContain('name-reused');
    expect(await root.holdfast('approve', 'uid', ann.uid)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`approved: the one with uid 5901 of source glass may have the name ${ann.uid} (`) as string,
    });
    expect(await sync()).toMatchObject({ status: 0 });
    expect(await keysOf(ann.uid)).toContain(OTHER_KEY);
  } finally {
    await moveHome(ann.homeDirectory);
  }
});

test('a source that is taken out of the configuration takes its people with it, at once', async () => {
  await configureOnly(['a', 'glass']);
  const { status, stderr } = await sync();
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('passwd +0 -12 ~0') as string });
  expect(await keysOf(bea.uid)).toBe('');
  await b.whileDown(async () => {
    await configureOnly(['a', 'b', 'glass']);
    expect(await sync()).toMatchObject({
      status: 75,
      stderr: expect.stringContaining('source "b": no last good snapshot of it is here') as string,
    });
    expect(await keysOf(bea.uid)).toBe('');
  });
});

test("a group of a rule is not replaced by another source's of the same name before a person approves it", async () => {
  await configure({ 'access.everyone': false, 'access.groups': ['web-a', 'web-b'] });
  await writeGlass(`${glass()}[[group]]\nname = "web-a"\ngid = 7009\nmembers = ["glass"]\n`);
  expect(await sync()).toMatchObject({ status: 0, stderr: expect.stringContaining('name-duplicate') as string });
  const gid = async (value: string): Promise<void> =>
    await a.slapd.modify(`dn: ${groupDn('web-a')}\nchangetype: modify\nreplace: gidNumber\ngidNumber: ${value}\n`);
  await gid('0');
  try {
    const { status, stderr } = await sync();
    expect(status).toBe(65);
    expect(stderr).toContain('group "web-a" of access.groups was that of source "a" and would be that of source "glass", with its members');
    expect(await keysOf('glass')).toBe('');
    expect(await keysOf(ann.uid)).not.toBe('');
    expect((await root.holdfast('status')).stdout).toContain('would be that of source "glass"');
    expect(await root.holdfast('sync', '--approve-removals')).toMatchObject({ status: 0 });
    expect(await keysOf('glass')).toContain(GLASS_KEY);
    expect(await keysOf(ann.uid)).toBe('');
  } finally {
    await gid('7001');
  }
});

async function moveHome(path: string): Promise<void> {
  await a.slapd.modify(`dn: ${personDn(ann.uid)}\nchangetype: modify\nreplace: homeDirectory\nhomeDirectory: ${path}\n`);
}

function glassPath(): string {
  return join(root.path, 'glass.toml');
}

function glass(): string {
  return [
    `[[user]]\nname = "glass"\nuid = 5900\ngid = 5900\nhome = "/home/glass"\nkeys = ["${GLASS_KEY}"]\n`,
    '[[group]]\nname = "glass"\ngid = 5900\nmembers = ["glass"]\n',
  ].join('');
}

async function writeGlass(text: string): Promise<void> {
  await writeFile(glassPath(), text, { mode: 0o644 });
}

async function configure(changes: Changes = {}): Promise<void> {
  await configureOnly(['a', 'b', 'glass'], changes);
}

type SourceName = 'a' | 'b' | 'glass';

async function configureOnly(names: readonly SourceName[], changes: Changes = {}): Promise<void> {
  const sources = names.map((name, index) => sourceOf(name, index));
  await root.write('etc/holdfast/holdfast.toml', configText(Object.assign({}, ...sources, changes) as Changes));
}

function sourceOf(name: SourceName, index: number): Changes {
  if (name === 'glass') return { [`source[${index}]`]: { name, type: 'file', path: glassPath() } };
  const settings = Object.entries((name === 'a' ? a : b).config({ 'source[0].name': name, 'source[0].type': 'ldap' }));
  return Object.fromEntries(settings.map(([path, value]) => [path.replace('source[0]', `source[${index}]`), value]));
}

async function sync(): Promise<CommandResult> {
  return await root.holdfast('sync');
}

async function keysOf(login: string): Promise<string> {
  return (await root.holdfast('keys', login)).stdout;
}

/** As if the last good answer of a source were that long ago. */
async function answeredLast(name: SourceName, ago: number): Promise<void> {
  const path = join(root.state, 'state/last-run.json');
  const record = JSON.parse(await readFile(path, 'utf8')) as { sources: { name: string }[] };
  const lastSuccess = new Date(Date.now() - ago).toISOString();
  const sources = record.sources.map((source) => (source.name === name ? { ...source, lastSuccess } : source));
  await writeFile(path, JSON.stringify({ ...record, sources }));
}
