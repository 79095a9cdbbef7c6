/**
 * Host views for tests: whatever the directory parsers let through, with a liking for what has hurt cache files before.
 */
import * as fc from 'fast-check';
import type { GroupEntry } from '../../src/directory/group.ts';
import { emptyView, type PublishedView } from '../../src/directory/host-view.ts';
import { joinKeyLines } from '../../src/directory/key-lines.ts';
import type { Gid, GroupName, HostPath, LoginName, Uid } from '../../src/directory/names.ts';
import { parseGid, parseLoginName, parseUid } from '../../src/directory/names.ts';
import type { PasswdEntry } from '../../src/directory/passwd.ts';
import { Invalid } from '../../src/directory/rejection.ts';
import type { ShadowEntry } from '../../src/directory/shadow.ts';

/** Of every view here. */
export const ACCOUNT_KEYS = [{ account: 'deploy' as LoginName, person: 'alice' as LoginName, fingerprints: ['SHA256:x'] }];

export const names: fc.Arbitrary<LoginName> = fc
  .oneof(
    fc.stringMatching(/^[a-z_][a-z0-9_-]{0,7}$/),
    fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._@-]{0,30}\$?$/),
    fc.stringMatching(/^[ab]{1,4}$/),
    fc.constantFrom('10', '2', 'a', 'a'.repeat(32), 'Z', 'z', '_', 'user.10', 'user.2', 'constructor', '__proto__'),
  )
  .filter((text) => !(parseLoginName(text) instanceof Invalid))
  .map((text) => text as LoginName);

/** From 1 to the greatest that an index can hold, short and long ones alike. */
export const indexedIds: fc.Arbitrary<number> = fc
  .oneof(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1000, max: 60_000 }), fc.integer({ min: 1, max: 2_147_483_647 }))
  .filter((id) => !(parseUid(String(id)) instanceof Invalid || parseGid(String(id)) instanceof Invalid));

/** Text of many bytes a character, and with what is special at the start of a line. */
const gecos = fc.string({ unit: fc.constantFrom('a', 'Z', '9', ' ', ',', '#', '+', '-', 'é', '漢', '😀'), maxLength: 120 });
const paths = fc.stringMatching(/^\/[a-z0-9+#-]{1,12}(\/[a-z0-9+#-]{1,60}){0,3}$/).map((path) => path as HostPath);

const passwdFields = fc.record({ name: names, uid: indexedIds, gid: indexedIds, gecos, home: paths, shell: paths });

export const passwdEntries: fc.Arbitrary<PasswdEntry[]> = unique(passwdFields, ({ uid }) => uid).map((entries) =>
  entries.map((entry) => ({ ...entry, uid: entry.uid as Uid, gid: entry.gid as Gid })),
);

const groupFields = fc.record({ name: names, gid: indexedIds, members: fc.uniqueArray(names, { maxLength: 20 }) });

export const groupEntries: fc.Arbitrary<GroupEntry[]> = unique(groupFields, ({ gid }) => gid).map((entries) =>
  entries.map((entry) => ({ ...entry, name: entry.name as string as GroupName, gid: entry.gid as Gid })),
);

const shadowEntries: fc.Arbitrary<ShadowEntry[]> = fc
  .uniqueArray(
    fc.record({
      name: names,
      password: fc.constantFrom('*', '$6$salt$hash'),
      aging: fc.record({ lastChange: fc.nat(), max: fc.nat(), expire: fc.nat() }, { requiredKeys: [] }),
    }),
    { selector: ({ name }) => name, maxLength: 30 },
  )
  .map((entries) => entries.toSorted(byName));

const keyLine = fc
  .tuple(
    fc.base64String({ minLength: 4, maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('a', ':', '@', ' ', 'é', '=', '"', '\\'), maxLength: 10 }),
  )
  .map(([blob, comment]) => `ssh-ed25519 ${blob} ${comment}`);
const keyLines = fc.uniqueArray(keyLine, { minLength: 1, maxLength: 3 }).map(joinKeyLines);

export const views: fc.Arbitrary<PublishedView> = fc
  .record({
    passwd: passwdEntries,
    group: groupEntries,
    shadow: shadowEntries,
    keys: fc.uniqueArray(fc.tuple(names, keyLines), {
      selector: ([name]) => name,
      maxLength: 20,
    }),
  })
  .map(({ keys, ...maps }) => ({ ...emptyView, ...maps, keys: new Map(keys) }));

/** A small directory: alice, bob and so on, with one key each, in one group. */
export function viewOf(...people: readonly string[]): PublishedView {
  const logins = people as readonly LoginName[];
  return {
    passwd: logins.map((name, index) => ({
      name,
      uid: (2000 + index) as Uid,
      gid: 2000 as Gid,
      gecos: `${name} é`,
      home: `/home/${name}` as HostPath,
      shell: '/bin/bash' as HostPath,
    })),
    group: [{ name: 'people' as GroupName, gid: 2000 as Gid, members: logins }],
    shadow: logins.map((name) => ({ name, password: '*', aging: {} })),
    keys: new Map(logins.map((name) => [name, joinKeyLines([`ssh-ed25519 AAAA ${name}`])])),
    accessGroups: new Map([['people' as GroupName, logins]]),
    groupOrigins: new Map([['people' as GroupName, { source: 'corp', id: 'id-of-people' }]]),
    accountKeys: ACCOUNT_KEYS,
  };
}

/** The same people, but for alice's home, which is as long as before: the indexes do not change. */
export function moved(view: PublishedView): PublishedView {
  return { ...view, passwd: view.passwd.map((entry) => ({ ...entry, home: entry.home.replace('/home/', '/host/') as HostPath })) };
}

function unique<Fields extends { readonly name: string }>(
  fields: fc.Arbitrary<Fields>,
  id: (entry: Fields) => number,
): fc.Arbitrary<Fields[]> {
  return fc
    .uniqueArray(fields, { selector: ({ name }) => name, maxLength: 30 })
    .map((entries) => entries.filter((entry, index) => entries.findIndex((other) => id(other) === id(entry)) === index))
    .map((entries) => entries.toSorted(byName));
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
