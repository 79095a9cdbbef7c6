/**
 * Moving from nsscache: it and holdfast, by the configuration that `holdfast import-nsscache` makes of its own, over mutual TLS on one directory.
 */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ScratchRoot } from '../cli/command.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { generatePeople } from '../support/people.ts';
import { expectSuccess, runProgram } from '../support/running-program.ts';

/** test/install-servers.sh has made it. */
const TREE = '/var/cache/holdfast-tests/nsscache';
const FILES = { ca: 'ca.pem', cert: 'client.crt', key: 'client.key' } as const;

let directory: CompanyDirectory;
let folder: string;
let root: ScratchRoot;
let configuration: string;

beforeAll(async () => {
  directory = await startCompanyDirectory({ people: generatePeople({ count: 300 }) });
  folder = await mkdtemp(join(TREE, 'tmp/nsscache-'));
  const tls = directory.config()['source[0].tls'] as Readonly<Record<keyof typeof FILES, string>>;
  for (const [name, file] of Object.entries(FILES))
    await copyFile(tls[name as keyof typeof FILES].replace('file:', ''), join(folder, file));
  await mkdir(join(folder, 'out'));
  await writeFile(join(folder, 'nsscache.conf'), nsscacheConf(folder.slice(TREE.length)));
  const update = ['chroot', TREE, 'nsscache', '--config-file', `${folder.slice(TREE.length)}/nsscache.conf`, 'update', '--full'];
  expectSuccess(await runProgram(update), update);

  // The folder has another name outside of the tree.
  const outside = join(folder, 'outside.conf');
  await writeFile(outside, nsscacheConf(folder));
  root = await ScratchRoot.create({});
  const { status, stdout } = await root.holdfast('import-nsscache', outside);
  expect(status).toBe(0);
  configuration = stdout;
  const file = join(root.path, 'imported.toml');
  await writeFile(file, configuration, { mode: 0o640 });
  expect(await root.holdfast('--config', file, 'config', 'check')).toMatchObject({ status: 0 });
  expect(await root.holdfast('--config', file, 'sync')).toMatchObject({ status: 0 });
});

afterAll(async () => {
  await root?.[Symbol.asyncDispose]();
  await directory?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function nsscacheConf(place: string): string {
  return `[DEFAULT]
source = ldap
cache = files
maps = passwd, group, shadow
timestamp_dir = ${place}
lockfile = ${place}/lock
ldap_uri = ${directory.slapd.uris.ldaps}
ldap_base = ${directory.slapd.base}
ldap_filter = (objectClass=posixAccount)
ldap_scope = sub
ldap_tls_cacertfile = ${place}/${FILES.ca}
ldap_tls_certfile = ${place}/${FILES.cert}
ldap_tls_keyfile = ${place}/${FILES.key}
files_dir = ${place}/out
files_cache_filename_suffix = cache
[group]
ldap_filter = (objectClass=posixGroup)
`;
}

async function ofNsscache(map: string): Promise<string[]> {
  const text = await readFile(join(folder, `out/${map}.cache`), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

async function ofHoldfast(map: string): Promise<string[]> {
  const { stdout } = await root.holdfast('export', '--format', 'getent', '--map', map);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

describe('nsscache and holdfast on one directory', () => {
  test('show the same people', async () => {
    const people = await ofHoldfast('passwd');
    expect(people).toHaveLength(300);
    expect(people).toEqual(await ofNsscache('passwd'));
  });

  test('show the same groups, but for the password field, and with the members of groups in groups', async () => {
    const theirs = (await ofNsscache('group')).map(splitGroup);
    expect(new Set(theirs.map(({ password }) => password))).toEqual(new Set(['*']));
    const byName = new Map(theirs.map((group) => [group.name, group]));
    expect(theirs.flatMap(({ members }) => members).filter((name) => byName.has(name)).length).toBeGreaterThan(0);
    const peopleIn = (name: string): string[] => byName.get(name)?.members.flatMap(peopleIn) ?? [name];
    const followed = theirs.map((group) => ({ ...group, password: 'x', members: [...new Set(peopleIn(group.name))].sort() }));
    expect((await ofHoldfast('group')).map(splitGroup)).toEqual(followed);
  });

  test('age passwords alike, but for a 0, which nsscache writes as nothing', async () => {
    const theirs = await ofNsscache('shadow');
    expect(theirs.filter((line) => MIN_IS_EMPTY.test(line)).length).toBeGreaterThan(0);
    expect(await ofHoldfast('shadow')).toEqual(theirs.map((line) => line.replace(MIN_IS_EMPTY, '$1:0:')));
  });
});

const MIN_IS_EMPTY = /^([^:]*:[^:]*:[^:]*)::/;

function splitGroup(line: string): { name: string; password: string; gid: string; members: readonly string[] } {
  const [name = '', password = '', gid = '', members = ''] = line.split(':');
  return {
    name,
    password,
    gid,
    members: members
      .split(',')
      .filter((member) => member !== '')
      .sort(),
  };
}
