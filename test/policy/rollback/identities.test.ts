import { describe, expect, test } from 'vitest';
import type { Gid, HostPath, Uid } from '../../../src/directory/names.ts';
import { withIdentitiesOfNow } from '../../../src/policy/rollback/identities.ts';
import { groupName, login } from '../../directory/valid.ts';
import { hostView } from '../sample-views.ts';

const user = (name: string, uid: number, gid = 5000) => ({
  name: login(name),
  uid: uid as Uid,
  gid: gid as Gid,
  gecos: '',
  home: `/home/${name}` as HostPath,
  shell: '/bin/sh' as HostPath,
});
const group = (name: string, gid: number, members: readonly string[] = []) => ({
  name: groupName(name),
  gid: gid as Gid,
  members: members.map(login),
});
const local = { users: new Map([['root', 0]]), groups: new Map([['adm', 4]]) };

describe('withIdentitiesOfNow', () => {
  test.each([
    ['somebody who is here still, as they were', [user('a', 1)], [user('a', 1)], ['a:1:5000'], [], []],
    ['somebody who is gone', [user('a', 1)], [], ['a:1:5000'], [], []],
    ['nobody whose number is a newcomer’s now', [user('a', 1)], [user('b', 1)], [], ['a'], []],
    ['nobody whose number another holds who is not shown', [user('a', 77)], [], [], ['a'], []],
    ['nobody whose name or number is local now', [user('root', 9), user('a', 0)], [], [], ['root', 'a'], []],
    ['somebody with another number now with that of now', [user('a', 1)], [user('a', 2)], ['a:2:5000'], [], ['a']],
    ['the primary group of now, which is a membership', [user('a', 1, 27)], [user('a', 1, 5000)], ['a:1:5000'], [], []],
  ])('shows %s', (...[, then, now, entries, leftOut, renumbered]) => {
    const holderOf = (uid: number): string | undefined => (uid === 77 ? 'holder' : undefined);
    const identified = withIdentitiesOfNow(hostView({ passwd: then }), { shown: hostView({ passwd: now }), local, holderOf });
    expect(identified.view.passwd.map(({ name, uid, gid }) => `${name}:${uid}:${gid}`)).toEqual(entries);
    expect(identified.leftOut).toEqual(leftOut);
    expect([...identified.renumbered]).toEqual(renumbered);
  });

  test('takes keys and shadow entries of who is left out, too', () => {
    const then = hostView({
      passwd: [user('a', 1)],
      keys: new Map([[login('a'), 'ssh-ed25519 A' as never]]),
      shadow: [{ name: login('a'), password: '*', aging: {} }],
    });
    const { view } = withIdentitiesOfNow(then, { shown: hostView({ passwd: [user('b', 1)] }), local, holderOf: () => undefined });
    expect({ keys: view.keys.size, shadow: view.shadow }).toEqual({ keys: 0, shadow: [] });
  });

  test('keeps the gid of now, and the members of then, and leaves out a group whose gid is another’s', () => {
    const then = hostView({ group: [group('web', 10, ['a']), group('db', 20)] });
    const shown = hostView({ group: [group('web', 11, ['b']), group('ops', 20)] });
    const { view, leftOut } = withIdentitiesOfNow(then, { shown, local, holderOf: () => undefined });
    expect(view.group).toEqual([group('web', 11, ['a'])]);
    expect(leftOut).toEqual(['group db']);
  });
});
