/**
 * Entries as a source hands them over: complete and good, but for what a test replaces.
 */
import type { DirectorySnapshot } from '../../src/directory/snapshot.ts';
import { type RawGroup, type RawUser, SnapshotBuilder } from '../../src/directory/validate.ts';

const NO_AGING: RawUser['aging'] = { lastChange: [], min: [], max: [], warning: [], inactive: [], expire: [], flag: [] };

interface RawUserOverrides extends Partial<Omit<RawUser, 'aging'>> {
  readonly aging?: Partial<RawUser['aging']>;
}

export function rawUser(name: string, { aging, ...overrides }: RawUserOverrides = {}): RawUser {
  return {
    dn: `uid=${name},ou=people,dc=example,dc=org`,
    id: [`id-of-${name}`],
    name: [name],
    nameType: 'uid',
    uid: ['2001'],
    gid: ['3001'],
    gecos: [],
    home: [`/home/${name}`],
    shell: [],
    password: [],
    keys: [],
    ...overrides,
    aging: { ...NO_AGING, ...aging },
  };
}

export function rawGroup(name: string, overrides: Partial<RawGroup> = {}): RawGroup {
  return {
    dn: `cn=${name},ou=group,dc=example,dc=org`,
    id: [`id-of-${name}`],
    name: [name],
    nameType: 'cn',
    gid: ['3001'],
    memberNames: [],
    memberDns: [],
    ...overrides,
  };
}

/** The snapshot of a source called `corp` that gave these entries. */
export function snapshotOf(users: readonly RawUser[], groups: readonly RawGroup[] = []): DirectorySnapshot {
  const builder = new SnapshotBuilder('corp');
  for (const user of users) builder.addUser(user);
  for (const group of groups) builder.addGroup(group);
  return builder.finish(0);
}
