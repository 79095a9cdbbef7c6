/**
 * `holdfast homes` on a host whose people come from a file, and go.
 */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ScratchRoot } from '../cli/command.ts';

let root: ScratchRoot;

beforeEach(async () => {
  root = await ScratchRoot.create({
    'source[0]': { name: 'staff', type: 'file', path: join('/tmp', 'not-there.toml') },
    'policy.home': '/srv/people/{name}',
  });
  const people = join(root.path, 'people.toml');
  await root.write(
    'etc/holdfast/holdfast.toml',
    `version = 1\n[[source]]\nname = "staff"\ntype = "file"\npath = "${people}"\n[access]\neveryone = true\n[policy]\nhome = "/srv/people/{name}"\n`,
  );
  await root.write('etc/passwd', 'root:x:0:0::/root:/bin/sh\nlocal:x:1000:1000::/home/local:/bin/sh\n');
});

afterEach(async () => {
  await root[Symbol.asyncDispose]();
});

async function sync(people: Readonly<Record<string, number>>): Promise<void> {
  const entries = Object.entries(people).map(
    ([name, uid]) => `[[user]]\nname = "${name}"\nuid = ${uid}\ngid = 5000\nid = "id-of-${name}"\n`,
  );
  await root.write('people.toml', entries.join(''));
  expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
}

function makeHome(path: string | Buffer, uid: number): void {
  const full = Buffer.concat([Buffer.from(`${root.path}/`), Buffer.from(path)]);
  mkdirSync(join(root.path, 'srv/people'), { recursive: true });
  mkdirSync(join(root.path, 'home'), { recursive: true });
  mkdirSync(full);
  chownSync(full, uid, 5000);
}

/** Without the folder that differs from run to run. */
function plain(text: string): string {
  return text.replaceAll(root.path, '').replaceAll(/\d{4}-\d\d-\d\d/g, 'DATE');
}

test('lists homes of people who are gone, and nothing else', async () => {
  await sync({ alice: 5001, bob: 5002 });
  makeHome('srv/people/alice', 5001);
  makeHome('srv/people/bob', 5002);
  makeHome('home/bob', 5002);
  makeHome('home/local', 1000);
  makeHome('home/lost+found', 0);
  symlinkSync('/root', join(root.path, 'home/link'));
  writeFileSync(join(root.path, 'home/file'), '');
  expect(await root.holdfast('homes')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('every home has somebody here; looked in '),
  });

  await sync({ alice: 5001 });
  makeHome('home/stranger', 7777);
  const { status, stdout } = await root.holdfast('homes');
  expect(status).toBe(1);
  expect(plain(stdout)).toBe(`3 homes of people who are gone; looked in /home, /srv/people

/home/bob  uid 5002, was bob's, gone since DATE; changed DATE
  archive  (umask 077; tar --create --gzip --one-file-system --numeric-owner --file /var/backups/home-bob-5002.tar.gz --directory /home -- ./bob)
  remove   rm --recursive --one-file-system -- /home/bob

/home/stranger  uid 7777, of nobody whom this host remembers; changed DATE
  archive  (umask 077; tar --create --gzip --one-file-system --numeric-owner --file /var/backups/home-stranger-7777.tar.gz --directory /home -- ./stranger)
  remove   rm --recursive --one-file-system -- /home/stranger

/srv/people/bob  uid 5002, was bob's, gone since DATE; changed DATE
  archive  (umask 077; tar --create --gzip --one-file-system --numeric-owner --file /var/backups/home-bob-5002-2.tar.gz --directory /srv/people -- ./bob)
  remove   rm --recursive --one-file-system -- /srv/people/bob
`);
});

test('names a home that another person has with its uid', async () => {
  await sync({ alice: 5001, bob: 5002 });
  makeHome('home/bob', 5002);
  await sync({ alice: 5001 });
  await root.write(
    'people.toml',
    '[[user]]\nname = "carol"\nuid = 5002\ngid = 5000\nid = "id-of-carol"\n[[user]]\nname = "alice"\nuid = 5001\ngid = 5000\nid = "id-of-alice"\n',
  );
  await root.holdfast('sync');
  expect(await root.holdfast('approve', 'uid', 'carol')).toMatchObject({ status: 0 });
  await root.holdfast('sync');
  const { status, stdout } = await root.holdfast('homes');
  expect({ status, stdout: plain(stdout) }).toEqual({
    status: 1,
    stdout: expect.stringContaining("/home/bob  uid 5002, was bob's, gone since DATE, and is carol's now, who can read it"),
  });
});

test('prints commands that mean only this home, whatever it is called, and runs none', async () => {
  await sync({ alice: 5001 });
  const names = ['-rf', '$(touch pwned)', "a'b", 'a b', '*', 'new\nline', '\u001b[2J'];
  for (const name of names) makeHome(`home/${name}`, 7777);
  makeHome(Buffer.concat([Buffer.from('home/'), Buffer.from([0xff, 0xfe])]), 7777);
  const { stdout } = await root.holdfast('homes');
  expect(stdout).toMatch(/^[\n\x20-\x7e]*$/);
  const { homes } = JSON.parse((await root.holdfast('homes', '--json')).stdout) as {
    homes: { archive: string; remove: string; uid: number }[];
  };
  expect(homes.map(({ uid }) => uid)).toEqual(Array.from({ length: names.length + 1 }, () => 7777));
  mkdirSync(join(root.path, 'home/kept'));
  const archives = join(root.path, 'archives');
  mkdirSync(archives);
  for (const { archive, remove } of homes) {
    execFileSync('bash', ['-c', `${archive.replace('/var/backups', archives)} && ${remove}`], { cwd: root.path });
  }
  expect(execFileSync('ls', ['-A', join(root.path, 'home')], { encoding: 'utf8' })).toBe('kept\n');
  expect(execFileSync('ls', [archives], { encoding: 'utf8' }).trim().split('\n')).toHaveLength(homes.length);
  expect(existsSync(join(root.path, 'pwned'))).toBe(false);
  expect(lstatSync(archives).isDirectory()).toBe(true);
});

test('says that the ledger is damaged, and takes nobody who is there for gone', async () => {
  await sync({ alice: 5001 });
  makeHome('home/alice', 5001);
  writeFileSync(join(root.path, 'var/lib/holdfast/state/uid-ledger'), 'nonsense');
  expect(await root.holdfast('homes')).toMatchObject({ status: 0, stdout: expect.stringContaining('who had a uid is not known: ') });
});
