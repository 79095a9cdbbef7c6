import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ContestedUid } from '../../src/state/contested-uids.ts';
import { ScratchRoot } from './command.ts';

const bob = contested('bob', 2001, 'was that of "alice" (first seen 2026-01-02, gone since 2026-03-04)');
const carol = contested('carol', 2002, 'was that of "dave" (first seen 2026-01-02, gone since 2026-03-04)');
const rival = contested('rival', 2001, bob.reason);
const otherBob = { ...contested('bob', 2003, bob.reason), source: 'aws' };

function contested(login: string, uid: number, reason: string): ContestedUid {
  return { source: 'corp', login, uid, owner: `i=corp/${login}`, code: 'uid-reused', reason, since: '2026-03-05T00:00:00.000Z' };
}

async function hostWith(...uids: readonly ContestedUid[]): Promise<ScratchRoot> {
  const root = await ScratchRoot.create({});
  if (uids.length > 0) await root.write('var/lib/holdfast/state/contested-uids.json', JSON.stringify({ version: 1, contested: uids }));
  return root;
}

/** Logins with an approval, as the next run will read them. */
async function approved(root: ScratchRoot): Promise<string[]> {
  const text = await readFile(join(root.state, 'state/contested-uids.json'), 'utf8');
  const { contested: uids } = JSON.parse(text) as { readonly contested: readonly ContestedUid[] };
  return uids.filter((one) => one.approved !== undefined).map(({ source, login }) => `${source}/${login}`);
}

describe.concurrent('approve uid', () => {
  test('--list shows who waits, and why', async () => {
    await using root = await hostWith(bob, { ...carol, approved: '2026-03-06T00:00:00.000Z' });
    expect(await root.holdfast('approve', 'uid', '--list')).toEqual({
      status: 0,
      stderr: '',
      stdout: `bob  uid 2001, source corp, waiting since 2026-03-05
   was that of "alice" (first seen 2026-01-02, gone since 2026-03-04)
carol  uid 2002, source corp, approved 2026-03-06, waits for the next run
   was that of "dave" (first seen 2026-01-02, gone since 2026-03-04)
`,
    });
    const { stdout } = await root.holdfast('approve', 'uid', '--list', '--json');
    expect(JSON.parse(stdout)).toEqual([bob, { ...carol, approved: '2026-03-06T00:00:00.000Z' }]);
  });

  test('--list says that nobody waits', async () => {
    await using root = await hostWith();
    expect(await root.holdfast('approve', 'uid', '--list')).toEqual({ status: 0, stdout: 'nobody waits for an approval\n', stderr: '' });
  });

  test.each([
    ['a login', ['bob'], ['corp/bob']],
    ['a uid', ['2002'], ['corp/carol']],
    ['a login of a source', ['corp/bob'], ['corp/bob']],
    ['several', ['carol', '2001'], ['corp/bob', 'corp/carol']],
    ['everybody', ['--all'], ['corp/bob', 'corp/carol']],
  ])('takes %s', async (_what, args, logins) => {
    await using root = await hostWith(bob, carol);
    const { status, stderr } = await root.holdfast('approve', 'uid', ...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'holdfast: hint: it takes effect with the next run: holdfast sync\n' });
    expect(await approved(root)).toEqual(logins);
  });

  test.each([
    ['a login of two sources', [bob, otherBob], ['bob'], '"bob" may be each of corp/bob (uid 2001), aws/bob (uid 2003): say which'],
    ['a uid that two want', [bob, rival], ['2001'], '"2001" may be each of corp/bob (uid 2001), corp/rival (uid 2001): say which'],
    ['two for one uid', [bob, rival], ['bob', 'rival'], '"2001" may be each of corp/bob (uid 2001), corp/rival (uid 2001): say which'],
    ['all, when two want one uid', [bob, rival], ['--all'], '"2001" may be each of'],
  ])('refuses %s, and approves nobody', async (_what, uids, args, message) => {
    await using root = await hostWith(...uids);
    const { status, stdout, stderr } = await root.holdfast('approve', 'uid', ...args);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(`holdfast: error: `);
    expect(stderr).toContain(message);
    expect(await approved(root)).toEqual([]);
  });

  test.each([
    ['whom nobody contests', [bob], ['alice'], '"alice"'],
    ['one who does not wait among those who do', [bob, carol], ['bob', 'dave'], '"dave"'],
    ['a hostile name', [bob], ['\u001b[2J'], String.raw`"\u{1b}[2J"`],
  ])('answers no for %s, shows who waits, and approves nobody', async (_what, uids, args, name) => {
    await using root = await hostWith(...uids);
    const { status, stdout, stderr } = await root.holdfast('approve', 'uid', ...args);
    const list = await root.holdfast('approve', 'uid', '--list');
    expect({ status, stdout }).toEqual({ status: 1, stdout: list.stdout });
    expect(stderr).toContain(
      `holdfast: error: nobody with the login or uid ${name} waits for an approval on this host; nobody was approved\n`,
    );
    expect(await approved(root)).toEqual([]);
    const json = await root.holdfast('approve', 'uid', '--json', ...args);
    expect({ ...json, stdout: JSON.parse(json.stdout) as unknown }).toEqual({
      status: 1,
      stderr: '',
      stdout: { ok: false, exitStatus: 1, notWaiting: [args.at(-1)], waiting: uids },
    });
  });

  test('lets the later decision on a uid count', async () => {
    await using root = await hostWith(bob, rival, carol);
    await root.holdfast('approve', 'uid', 'bob', 'carol');
    await root.holdfast('approve', 'uid', 'rival');
    expect(await approved(root)).toEqual(['corp/rival', 'corp/carol']);
  });
});
