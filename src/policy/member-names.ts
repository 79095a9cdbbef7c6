/**
 * What a `memberUid` means: a person, a group, both, an account of the host, or nobody.
 */
import type { Gid, GroupName, LoginName } from '../directory/names.ts';
import { printable, quote, type Rejection, type RejectionCode } from '../directory/rejection.ts';
import type { DirectoryGroup, DirectorySnapshot } from '../directory/snapshot.ts';
import type { Claims } from './claims.ts';

export interface DirectMembers {
  /** Each once, sorted. */
  readonly users: readonly LoginName[];
  readonly groups: readonly GroupName[];
  /** Names that are both. */
  readonly ambiguous: readonly string[];
  /** Names that are left out as the host's own. A group may have one, too. */
  readonly hosts: readonly string[];
}

type NameKind = 'person' | 'group' | 'ambiguous' | 'local' | 'unknown';

const NAMES: readonly string[] = [];

export class MemberNames {
  readonly #claims: Claims;
  readonly #people: () => ReadonlySet<string>;
  readonly #primary: () => ReadonlyMap<Gid, readonly LoginName[]>;
  /** Groups that have a person's name and members of their own. A user private group has none. */
  readonly #doubles: ReadonlySet<string>;

  /** @param primary people by primary gid */
  constructor(claims: Claims, snapshots: readonly DirectorySnapshot[], primary: () => ReadonlyMap<Gid, readonly LoginName[]>) {
    let people: ReadonlySet<string> | undefined;
    this.#claims = claims;
    this.#people = () => (people ??= namesOfPeople(snapshots));
    this.#primary = primary;
    this.#doubles = new Set([...claims.groups.values()].filter((group) => this.#isDouble(group)).map(({ name }) => name));
  }

  /** @param outer the group that has the name as a member; its own is not a group inside it */
  kindOf(name: string, outer: DirectoryGroup): NameKind {
    const isPerson = this.#claims.users.has(name as LoginName);
    if (isPerson && (this.#doubles.size === 0 || name === outer.name || !this.#doubles.has(name))) return 'person';
    if (isPerson) return 'ambiguous';
    if (this.#claims.isLocalName(name)) return 'local';
    const group = this.#claims.groups.get(name as GroupName);
    if (group === undefined) return 'unknown';
    if (!this.#people().has(name)) return 'group';
    return name !== outer.name && this.#hasOthers(group) ? 'ambiguous' : 'unknown';
  }

  /** For a finding. */
  describeGroup(name: string): string {
    return `${quote(name)} (${printable(this.#claims.groups.get(name as GroupName)?.dn ?? '')})`;
  }

  #isDouble(group: DirectoryGroup): boolean {
    return this.#claims.users.has(group.name as string as LoginName) && this.#hasOthers(group);
  }

  #hasOthers({ name, gid, members, nested }: DirectoryGroup): boolean {
    if (nested.length > 0 || members.some((member) => member !== name)) return true;
    return gid !== undefined && (this.#primary().get(gid) ?? []).some((user) => user !== (name as string));
  }
}

export function splitMembers(group: DirectoryGroup, names: MemberNames, rejections: Rejection[]): DirectMembers {
  const { members, nested } = group;
  const isPerson = (member: string): member is LoginName => names.kindOf(member, group) === 'person';
  if (members.every(isPerson)) return { users: inOrder(members), groups: nested, ambiguous: NAMES, hosts: NAMES };
  const kinds = Object.groupBy(members, (member) => names.kindOf(member, group));
  const { person = NAMES, ambiguous = NAMES, local = NAMES, unknown = NAMES } = kinds;
  const report = (code: RejectionCode, what: string, leftOut: readonly string[], show: (name: string) => string): void => {
    if (leftOut.length > 0) rejections.push(leftOutOf(group, code, `${what}: ${someOf(leftOut, show)}`));
  };
  report('member-unknown', 'members left out, whom this host does not show', unknown, quote);
  report('member-local', "members left out, whose names are the host's own", local, quote);
  report('member-ambiguous', 'nobody is added or taken out by the names of both a person and a group', ambiguous, (name) =>
    names.describeGroup(name),
  );
  return {
    users: inOrder(person as readonly LoginName[]),
    groups: [...new Set([...nested, ...((kinds.group ?? []) as GroupName[])])],
    ambiguous,
    hosts: local,
  };
}

/** Each once, sorted. Sources give them so, and then a hundred thousand of them are not copied. */
export function inOrder(names: readonly LoginName[]): readonly LoginName[] {
  const isInOrder = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name);
  return isInOrder ? names : [...new Set(names)].sort();
}

/** One finding a group. */
function leftOutOf({ source, name }: DirectoryGroup, code: RejectionCode, reason: string): Rejection {
  return { verdict: 'adjusted', source, map: 'group', key: name, code, reason };
}

function someOf(names: readonly string[], show: (name: string) => string): string {
  const some = names.slice(0, 3).map(show).join(', ');
  return names.length > 3 ? `${some} and ${names.length - 3} more` : some;
}

/** Those whose entry was refused too: a name does not become a group's because the person's shell is invalid. */
function namesOfPeople(snapshots: readonly DirectorySnapshot[]): Set<string> {
  return new Set(
    snapshots.flatMap(({ users, rejections }) => [
      ...users.map(({ name }) => name),
      ...rejections.filter(({ map, verdict }) => map === 'passwd' && verdict === 'quarantined').map(({ key }) => key),
    ]),
  );
}
