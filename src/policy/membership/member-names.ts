/**
 * What a `memberUid` means: a person, a group, both, an account of the host, or nobody.
 *
 * A group may name people and groups of other sources. Where its own source has one of that name, which lost the name to another's, that
 * one is meant and no other: two people who share a name are not merged.
 */
import { once } from '../../directory/once.ts';
import type { Gid, GroupName, LoginName } from '../../directory/names.ts';
import { printable, quote, type Rejection, type RejectionCode } from '../../directory/rejection.ts';
import type { DirectoryGroup, DirectorySnapshot, DirectoryUser } from '../../directory/snapshot.ts';
import type { Claims } from '../uids/claims.ts';

export interface DirectMembers {
  /** Each once, sorted. */
  readonly users: readonly LoginName[];
  readonly groups: readonly GroupName[];
  /** Names that are both. */
  readonly ambiguous: readonly string[];
  /** Names that are left out as the host's own. A group may have one, too. */
  readonly hosts: readonly string[];
  /** People of other sources with the name of one whom the group means and this host does not show. */
  readonly namesakes: readonly LoginName[];
}

type NameKind = 'person' | 'namesake' | 'group' | 'ambiguous' | 'local' | 'unknown';

/** All that a source has, shown or not. */
interface OwnNames {
  readonly people: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

const NAMES: readonly string[] = [];
const NOBODY: readonly LoginName[] = [];

export class MemberNames {
  readonly #claims: Claims;
  /** By source. */
  readonly #own: () => ReadonlyMap<string, OwnNames>;
  readonly #primary: () => ReadonlyMap<Gid, readonly LoginName[]>;
  /** Groups that have a person's name and members of their own. A user private group has none. */
  readonly #doubles: ReadonlySet<string>;

  /** @param primary people by primary gid */
  constructor(claims: Claims, snapshots: readonly DirectorySnapshot[], primary: () => ReadonlyMap<Gid, readonly LoginName[]>) {
    this.#claims = claims;
    this.#own = once(() => new Map(snapshots.map((snapshot) => [snapshot.source, namesOf(snapshot)])));
    this.#primary = primary;
    this.#doubles = new Set([...claims.groups.values()].filter((group) => this.#isDouble(group)).map(({ name }) => name));
  }

  /** @param outer the group that has the name as a member; its own is not a group inside it */
  kindOf(name: string, outer: DirectoryGroup): NameKind {
    const person = this.#claims.users.get(name as LoginName);
    const isPerson = person !== undefined;
    if (isPerson && this.#isNamesake(person, outer)) return 'namesake';
    if (isPerson && (this.#doubles.size === 0 || name === outer.name || !this.#doubles.has(name))) return 'person';
    if (isPerson) return 'ambiguous';
    if (this.#claims.isLocalName(name)) return 'local';
    return this.#kindOfGroup(this.#claims.groups.get(name as GroupName), outer);
  }

  #kindOfGroup(group: DirectoryGroup | undefined, outer: DirectoryGroup): NameKind {
    if (group === undefined || !this.isMeant(group, outer)) return 'unknown';
    if (!this.#isOfPerson(group.name)) return 'group';
    return group.name !== outer.name && this.#hasOthers(group) ? 'ambiguous' : 'unknown';
  }

  #isNamesake({ source, name }: DirectoryUser, outer: DirectoryGroup): boolean {
    return source !== outer.source && this.#has(outer.source, 'people', name);
  }

  /** Whether the group that has a name here is the one that a group with this name in it can mean. */
  isMeant(inner: DirectoryGroup, outer: DirectoryGroup): boolean {
    return inner.source === outer.source || !this.#has(outer.source, 'groups', inner.name);
  }

  #has(source: string, kind: keyof OwnNames, name: string): boolean {
    return this.#own().get(source)?.[kind].has(name) === true;
  }

  #isOfPerson(name: string): boolean {
    return [...this.#own().values()].some(({ people }) => people.has(name));
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

export function splitMembers(
  group: DirectoryGroup,
  names: MemberNames,
  groups: ReadonlyMap<GroupName, DirectoryGroup>,
  rejections: Rejection[],
): DirectMembers {
  const { members } = group;
  const nested = splitNested(group, names, groups, rejections);
  const isPerson = (member: string): member is LoginName => names.kindOf(member, group) === 'person';
  if (members.every(isPerson)) return { users: inOrder(members), groups: nested, ambiguous: NAMES, hosts: NAMES, namesakes: NOBODY };
  const kinds = Object.groupBy(members, (member) => names.kindOf(member, group));
  const { person = NAMES, namesake = NAMES, ambiguous = NAMES, local = NAMES, unknown = NAMES } = kinds;
  const report = (code: RejectionCode, what: string, leftOut: readonly string[], show: (name: string) => string): void => {
    if (leftOut.length > 0) rejections.push(leftOutOf(group, code, `${what}: ${someOf(leftOut, show)}`));
  };
  report('member-unknown', 'members left out, whom this host does not show', unknown, quote);
  report('member-unknown', 'members left out, whose names people of another source have here', namesake, quote);
  report('member-local', "members left out, whose names are the host's own", local, quote);
  report('member-ambiguous', 'nobody is added or taken out by the names of both a person and a group', ambiguous, (name) =>
    names.describeGroup(name),
  );
  return {
    users: inOrder(person as readonly LoginName[]),
    groups: [...new Set([...nested, ...((kinds.group ?? []) as GroupName[])])],
    ambiguous,
    hosts: local,
    namesakes: namesake as readonly LoginName[],
  };
}

function splitNested(
  group: DirectoryGroup,
  names: MemberNames,
  groups: ReadonlyMap<GroupName, DirectoryGroup>,
  rejections: Rejection[],
): readonly GroupName[] {
  const isThere = (name: GroupName): boolean => {
    const inner = groups.get(name);
    return inner !== undefined && names.isMeant(inner, group);
  };
  const leftOut = group.nested.filter((name) => !isThere(name));
  if (leftOut.length === 0) return group.nested;
  rejections.push(
    leftOutOf(
      group,
      'member-unknown',
      `groups left out, which are not known or whose names another source's have here: ${someOf(leftOut, quote)}`,
    ),
  );
  return group.nested.filter(isThere);
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
function namesOf({ users, groups, rejections }: DirectorySnapshot): OwnNames {
  const refused = (wanted: 'passwd' | 'group'): string[] =>
    rejections.filter(({ map, verdict }) => map === wanted && verdict === 'quarantined').map(({ key }) => key);
  return {
    people: new Set([...users.map(({ name }) => name), ...refused('passwd')]),
    groups: new Set([...groups.map(({ name }) => name), ...refused('group')]),
  };
}
