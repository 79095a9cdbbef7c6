/**
 * Names and numbers of then that are somebody else's now: files belong to a number, so nobody gets the number of another back.
 */
import type { GroupEntry } from '../../directory/group.ts';
import type { PublishedView } from '../../directory/host-view.ts';
import type { LocalAccounts } from '../../directory/local-accounts.ts';
import type { LoginName } from '../../directory/names.ts';
import type { PasswdEntry } from '../../directory/passwd.ts';

export interface IdentitiesNow {
  readonly shown: Pick<PublishedView, 'passwd' | 'group'>;
  readonly local: LocalAccounts;
  /** Who holds a uid by the ledger, shown or not. */
  readonly holderOf: (uid: number) => string | undefined;
}

export interface Identified {
  readonly view: PublishedView;
  /** Whose name or number is another's now: they are left out. */
  readonly leftOut: readonly string[];
  /** Whose number has changed since: they keep that of now, and nothing of then. */
  readonly renumbered: ReadonlySet<LoginName>;
}

export function withIdentitiesOfNow(then: PublishedView, { shown, local, holderOf }: IdentitiesNow): Identified {
  const people = new NamesAndNumbers(shown.passwd, ({ uid }) => uid, local.users);
  const groups = new NamesAndNumbers(shown.group, ({ gid }) => gid, local.groups);
  const isHeld = ({ uid, name }: PasswdEntry): boolean => (holderOf(uid) ?? name) !== name;
  const passwd = people.sort(then.passwd, isHeld);
  const group = groups.sort(then.group, () => false);
  const out = new Set<string>(passwd.leftOut);
  const groupsOfThen = new Map(then.group.map((entry) => [entry.name, entry]));
  const entries = passwd.kept.map((entry) => withGroupOfNow(entry, people.now(entry.name)));
  return {
    view: {
      ...then,
      passwd: entries,
      group: group.kept.map((entry) => withMembersOfThen(entry, groupsOfThen.get(entry.name))),
      shadow: then.shadow.filter(({ name }) => !out.has(name)),
      keys: out.size === 0 ? then.keys : new Map([...then.keys].filter(([login]) => !out.has(login))),
    },
    leftOut: [...passwd.leftOut, ...group.leftOut.map((name) => `group ${name}`)],
    renumbered: new Set(passwd.renumbered as LoginName[]),
  };
}

/** A primary group is a membership. */
function withGroupOfNow(entry: PasswdEntry, now: PasswdEntry | undefined): PasswdEntry {
  return now === undefined || now.gid === entry.gid ? entry : { ...entry, gid: now.gid };
}

function withMembersOfThen(entry: GroupEntry, old: GroupEntry | undefined): GroupEntry {
  return old === undefined || old === entry ? entry : { ...entry, members: old.members };
}

interface Named {
  readonly name: string;
}

interface Sorted<Entry> {
  readonly kept: readonly Entry[];
  readonly leftOut: readonly string[];
  readonly renumbered: readonly string[];
}

class NamesAndNumbers<Entry extends Named> {
  readonly #byName: ReadonlyMap<string, Entry>;
  readonly #byNumber: ReadonlyMap<number, string>;
  readonly #local: ReadonlyMap<string, number>;
  readonly #localNumbers: ReadonlySet<number>;
  readonly #numberOf: (entry: Entry) => number;

  constructor(shown: readonly Entry[], numberOf: (entry: Entry) => number, local: ReadonlyMap<string, number>) {
    this.#byName = new Map(shown.map((entry) => [entry.name, entry]));
    this.#byNumber = new Map(shown.map((entry) => [numberOf(entry), entry.name]));
    this.#local = local;
    this.#localNumbers = new Set(local.values());
    this.#numberOf = numberOf;
  }

  now(name: string): Entry | undefined {
    return this.#byName.get(name);
  }

  /** @param isHeld by somebody who is not shown */
  sort(then: readonly Entry[], isHeld: (entry: Entry) => boolean): Sorted<Entry> {
    const kept: Entry[] = [];
    const [leftOut, renumbered]: [string[], string[]] = [[], []];
    for (const entry of then) {
      const now = this.#byName.get(entry.name);
      if (now !== undefined && this.#numberOf(now) !== this.#numberOf(entry)) {
        kept.push(now);
        renumbered.push(entry.name);
      } else if (this.#isTaken(entry) || isHeld(entry)) leftOut.push(entry.name);
      else kept.push(entry);
    }
    return { kept, leftOut, renumbered };
  }

  #isTaken(entry: Entry): boolean {
    const number = this.#numberOf(entry);
    return this.#local.has(entry.name) || this.#localNumbers.has(number) || (this.#byNumber.get(number) ?? entry.name) !== entry.name;
  }
}
