import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostView } from '../../src/directory/host-view.ts';
import type { DirectorySnapshot } from '../../src/directory/snapshot.ts';
import { isEmptyPlan, planSync } from '../../src/policy/plan.ts';
import { applyPolicy } from '../../src/policy/policy.ts';
import { expectedKeys, isAmong, isDenied, labels, residents, type World, worlds } from './policy-oracle.ts';
import { host, labelsOf } from './sample-directory.ts';

function view({ snapshots, policy, local }: World): HostView {
  return applyPolicy(snapshots, policy, host(local));
}

describe('for every directory, policy and host', () => {
  test('a login has exactly the keys that the rules in plain words give it', () => {
    fc.assert(
      fc.property(worlds(), (world) => {
        expect(labelsOf(view(world))).toEqual(expectedKeys(world));
      }),
      { numRuns: 2000 },
    );
  });

  test('whom a rule denies has no key anywhere, not even in a shared account', () => {
    fc.assert(
      fc.property(worlds(), (world) => {
        const denied = residents(world).filter((user) => isAmong(world, user, world.policy.access.deny));
        const shown = new Set([...labelsOf(view(world)).values()].flat());
        expect(denied.flatMap(({ keys }) => labels(keys)).filter((label) => shown.has(label))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('whom the directory refuses while a guard holds has no key anywhere, and nobody else loses one', () => {
    const refusals = worlds().chain((world) => fc.tuple(fc.constant(world), fc.subarray(residents(world).map(({ name }) => name))));
    fc.assert(
      fc.property(refusals, ([world, refused]) => {
        const reduced = view({ ...world, policy: { ...world.policy, refused: new Map(refused.map((name) => [name, undefined])) } });
        expect(refused.filter((name) => !reduced.refused.has(name) || reduced.keys.has(name))).toEqual([]);
        const theirs = new Set(
          residents(world)
            .filter(({ name }) => refused.includes(name))
            .flatMap(({ keys }) => labels(keys)),
        );
        const shown = [...labelsOf(reduced)].flatMap(([login, own]) => own.map((label) => [login, label] as const));
        expect(shown.filter(([, label]) => theirs.has(label))).toEqual([]);
        const before = [...labelsOf(view(world))].flatMap(([login, own]) => own.map((label) => [login, label] as const));
        const lost = before.filter(([login, label]) => !shown.some(([other, own]) => other === login && own === label));
        expect(lost.filter(([login, label]) => !theirs.has(label) && !refused.some((name) => name === login))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("the host's own names and numbers are never shown", () => {
    fc.assert(
      fc.property(worlds(), (world) => {
        const { passwd, shadow, group } = view(world);
        const { users, groups } = world.local;
        expect([...passwd, ...shadow].filter(({ name }) => users.has(name))).toEqual([]);
        expect(passwd.filter(({ uid, gid }) => [...users.values()].includes(uid) || [...groups.values()].includes(gid))).toEqual([]);
        expect(group.filter(({ name, gid }) => groups.has(name) || [...groups.values()].includes(gid))).toEqual([]);
        expect(group.flatMap(({ members }) => members).filter((name) => users.has(name))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('people, their numbers and their shadow entries are each shown once, in the same order', () => {
    fc.assert(
      fc.property(worlds(), (world) => {
        const { passwd, shadow, group } = view(world);
        expect(shadow.map(({ name }) => name)).toEqual(passwd.map(({ name }) => name));
        const columns: (string | number)[][] = [
          passwd.map(({ name }) => name),
          passwd.map(({ uid }) => uid),
          group.map(({ name }) => name),
          group.map(({ gid }) => gid),
        ];
        for (const values of columns) {
          expect(new Set(values).size).toBe(values.length);
        }
        for (const { members } of group) expect(members).toEqual([...new Set(members)].sort());
      }),
      { numRuns: 500 },
    );
  });

  test('who is shown is a resident with a home, and on a hidden host may log in or is a shared account', () => {
    fc.assert(
      fc.property(worlds(), (world) => {
        const { home, hidden, access } = world.policy;
        const { passwd, entitled } = view(world);
        const withHome = residents(world).filter((user) => user.home !== undefined || home !== undefined);
        const shown = withHome.filter(({ name }) => !hidden || entitled.has(name) || (access.accounts.has(name) && !isDenied(world, name)));
        expect(passwd.map(({ name }) => name).sort()).toEqual(shown.map(({ name }) => name).sort());
      }),
      { numRuns: 500 },
    );
  });

  test('every entry of the directory is shown or has a reason', () => {
    fc.assert(
      fc.property(worlds(), (world) => {
        const { passwd, rejections } = view({ ...world, policy: { ...world.policy, hidden: false } });
        const entries = world.snapshots.flatMap(({ users }) => users);
        const quarantined = rejections.filter(({ verdict, map }) => verdict === 'quarantined' && map === 'passwd');
        expect(passwd.length + quarantined.length).toBe(entries.length);
      }),
      { numRuns: 500 },
    );
  });

  test('who is shown already stays, whatever a source in front of it claims', () => {
    fc.assert(
      fc.property(worlds(), worlds(), ({ snapshots: [intruder] }, base) => {
        const world = { ...base, policy: { ...base.policy, hidden: false } };
        const before = view(world);
        const incumbents = {
          users: new Map(before.passwd.map(({ name, uid }) => [name, uid])),
          groups: new Map(before.group.map(({ name, gid }) => [name, gid])),
        };
        const others = claimsOfOthers(intruder as DirectorySnapshot, before);
        const after = applyPolicy([others, ...world.snapshots], world.policy, host(world.local, incumbents));
        const numbers = new Map(after.passwd.map(({ name, uid }) => [name, uid]));
        const kept = before.passwd.filter(({ name, uid }) => numbers.get(name) === uid);
        expect(kept).toHaveLength(before.passwd.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the order in which a source lists its entries', () => {
  test('changes nothing where no two entries claim the same', () => {
    const shuffled = worlds()
      .map(withoutConflicts)
      .chain((world) => fc.tuple(fc.constant(world), shuffledSources(world)));
    fc.assert(
      fc.property(shuffled, ([world, snapshots]) => {
        const one = view(world);
        const other = view({ ...world, snapshots });
        expect(isEmptyPlan(planSync(one, other))).toBe(true);
        expect([...other.entitled].sort()).toEqual([...one.entitled].sort());
        expect(Object.fromEntries(other.accessGroups)).toEqual(Object.fromEntries(one.accessGroups));
      }),
      { numRuns: 500 },
    );
  });
});

/** Without entries that have name and number of somebody shown: those are taken for the same person. */
function claimsOfOthers(source: DirectorySnapshot, { passwd }: HostView): DirectorySnapshot {
  return { ...source, users: source.users.filter((user) => !passwd.some(({ name, uid }) => name === user.name && uid === user.uid)) };
}

/** The first of all entries with one name or number. */
function withoutConflicts(world: World): World {
  const users = world.snapshots.flatMap((source) => source.users);
  const groups = world.snapshots.flatMap((source) => source.groups);
  const onlyUsers = users.filter(({ name, uid }, index) => users.findIndex((other) => other.name === name || other.uid === uid) === index);
  const onlyGroups = groups.filter(
    ({ name, gid }, index) => groups.findIndex((other) => other.name === name || (gid !== undefined && other.gid === gid)) === index,
  );
  return { ...world, snapshots: [{ source: 'corp', fetchedAt: 0, users: onlyUsers, groups: onlyGroups, rejections: [] }] };
}

function shuffledSources({ snapshots }: World): fc.Arbitrary<DirectorySnapshot[]> {
  const shuffle = <T>(values: readonly T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray([...values], { minLength: values.length });
  return fc.tuple(
    ...snapshots.map((source) =>
      fc.record({ users: shuffle(source.users), groups: shuffle(source.groups) }).chain(({ users, groups }) =>
        fc.tuple(...groups.map(({ members }) => shuffle(members))).map((members) => ({
          ...source,
          users,
          groups: groups.map((group, index) => ({ ...group, members: members[index] ?? [] })),
        })),
      ),
    ),
  );
}
