/**
 * Host views for tests of plans and guards, which ask for nothing but entries and names.
 */
import * as fc from 'fast-check';
import type { GroupEntry } from '../../src/directory/group.ts';
import { emptyView, type HostView, unjudged } from '../../src/directory/host-view.ts';
import { joinKeyLines } from '../../src/directory/key-lines.ts';
import type { PasswdEntry } from '../../src/directory/passwd.ts';
import { NO_PASSWORD, type ShadowEntry } from '../../src/directory/shadow.ts';
import { gid, groupName, login, path, uid } from '../directory/valid.ts';

export function passwdEntry(name: string, uidNumber: number): PasswdEntry {
  return { name: login(name), uid: uid(uidNumber), gid: gid(3001), gecos: '', home: path(`/home/${name}`), shell: path('/bin/bash') };
}

export function groupEntry(name: string, gidNumber: number, ...members: readonly string[]): GroupEntry {
  return { name: groupName(name), gid: gid(gidNumber), members: members.map(login) };
}

export function shadowEntry(name: string, password: string = NO_PASSWORD): ShadowEntry {
  return { name: login(name), password, aging: {} };
}

/** Empty but for what is given. */
export function hostView(content: Partial<HostView> = {}): HostView {
  return { ...unjudged(emptyView), ...content };
}

const NAMES = ['alice', 'bob', 'carol', 'dave', '__proto__', 'constructor'];

/** Few names and few values, so that two views have much in common. */
export function hostViews(): fc.Arbitrary<HostView> {
  const names = fc.subarray(NAMES);
  const shuffled = fc.shuffledSubarray(NAMES);
  const numbers = fc.integer({ min: 1, max: 2 });
  const passwd = shuffled.chain((chosen) => fc.tuple(...chosen.map((name) => numbers.map((number) => passwdEntry(name, number)))));
  const group = names.chain((chosen) =>
    fc.tuple(...chosen.map((name) => fc.tuple(numbers, names).map(([number, members]) => groupEntry(name, number, ...members)))),
  );
  const shadow = names.chain((chosen) =>
    fc.tuple(...chosen.map((name) => fc.constantFrom('*', '$1$x').map((password) => shadowEntry(name, password)))),
  );
  const lines = names.chain((chosen) =>
    fc.tuple(...chosen.map((name) => fc.tuple(fc.constant(login(name)), fc.subarray(['a', 'b'], { minLength: 1 }).map(joinKeyLines)))),
  );
  const accessGroups = names.chain((chosen) =>
    fc.tuple(
      ...chosen.map((name) =>
        fc.tuple(
          fc.constant(groupName(name)),
          names.map((members) => members.map(login)),
        ),
      ),
    ),
  );
  return fc
    .record({ passwd, group, shadow, lines, accessGroups, entitled: names.map((chosen) => new Set(chosen.map(login))) })
    .map((parts) => hostView({ ...parts, keys: new Map(parts.lines), accessGroups: new Map(parts.accessGroups) }));
}
