/**
 * What the audit has to know of the entries that a commit changes, looked up in the last good snapshots and in the uid ledger: the
 * directory itself was let go long before.
 */
import type { PastHolding } from '../../directory/uid-holding.ts';
import { blobsOf } from '../../directory/key-blobs.ts';
import { once } from '../../directory/once.ts';
import type { DirectoryUser } from '../../directory/snapshot.ts';
import type { AuditFacts, EntryFacts, PersonFacts } from '../../policy/audit/facts.ts';
import type { AuditCourt } from '../../policy/audit/reasons.ts';
import { searchSnapshot } from '../../state/snapshot-search.ts';
import { readUidLedger } from '../../state/uid-ledger.ts';
import type { HostContext, NamedSources } from '../context.ts';
import { fingerprintOf } from '../keys/key-fingerprint.ts';

export interface Wanted {
  readonly people: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

type FactsContext = Pick<HostContext, 'paths'> & NamedSources;

export interface FoundEntries {
  readonly people: ReadonlyMap<string, readonly DirectoryUser[]>;
  readonly groups: ReadonlyMap<string, EntryFacts>;
}

/** In the last good snapshots of all sources; in the first of them, where several have it. */
export function findEntries({ paths, sources }: FactsContext, wanted: Wanted): FoundEntries {
  const people = new Map<string, DirectoryUser[]>();
  const groups = new Map<string, EntryFacts>();
  for (const { name: source } of sources) {
    const isWanted = (kind: 'u' | 'g', name: string): boolean => (kind === 'u' ? wanted.people : wanted.groups).has(name);
    const found = searchSnapshot(paths.snapshot(source), source, isWanted);
    for (const user of found.users) people.set(user.name, [...(people.get(user.name) ?? []), user]);
    for (const { name, id } of found.groups) if (!groups.has(name)) groups.set(name, { source, id });
  }
  return { people, groups };
}

/** Who of the people behind each of these accounts has which key. */
export type KeyOwners = ReadonlyMap<string, ReadonlyMap<string, string>>;

export function findOwners(
  context: FactsContext,
  { access, accessGroupsBefore, judged }: AuditCourt,
  accounts: readonly string[],
): KeyOwners {
  const owners = new Map<string, Map<string, string>>();
  for (const account of accounts) {
    const { users = [], groups = [] } = [...access.accounts].find(([name]) => name === account)?.[1] ?? {};
    const people = new Set<string>(users);
    for (const group of groups) {
      for (const name of judged.accessGroups.get(group) ?? []) people.add(name);
      for (const name of accessGroupsBefore.get(group) ?? []) people.add(name);
    }
    const found = findEntries(context, { people, groups: new Set() }).people;
    const blobs = [...found].flatMap(([name, [user]]) =>
      user === undefined ? [] : [...blobsOf(user.keys)].map((blob) => [blob, name] as const),
    );
    owners.set(account, new Map(blobs));
  }
  return owners;
}

/** People who have left, as the uid ledger remembers them. */
export type Formers = (login: string, uid: number) => EntryFacts | undefined;

export function readFormers({ paths }: Pick<HostContext, 'paths'>): Formers {
  const read = once(() => {
    const ledger = readUidLedger(paths.uidLedger);
    if (typeof ledger !== 'object') return new Map<string, EntryFacts>();
    const { past, held } = ledger;
    // Who has only given up a name still has the uid.
    const isGone = ({ uid, owner }: PastHolding): boolean => {
      const index = held.indexOf(uid);
      return index === -1 || !held.isOwner(index, owner);
    };
    return new Map(past.filter(isGone).map(({ uid, name, owner }) => [`${uid} ${name}`, factsOfOwner(owner)]));
  });
  return (login, uid) => read().get(`${uid} ${login}`);
}

/** `i=corp/…` names source and id; a digest names nobody. */
function factsOfOwner(owner: string): EntryFacts {
  const [, source, id] = /^[id]=([^/]+)\/(.+)$/.exec(owner) ?? [];
  return { ...(source === undefined ? {} : { source }), ...(id === undefined ? {} : { id }) };
}

export interface KnownFacts {
  readonly entries: FoundEntries;
  readonly owners: KeyOwners;
  readonly formers: Formers;
  /** Logins by the keys that go from them now. */
  readonly lostBy: ReadonlyMap<string, string>;
  readonly wasWithheld: AuditFacts['wasWithheld'];
}

export function factsOf({ entries, owners, formers, lostBy, wasWithheld }: KnownFacts): AuditFacts {
  const person = (login: string, uid: number | undefined): PersonFacts | undefined => {
    const candidates = entries.people.get(login);
    return candidates?.find((user) => user.uid === uid) ?? candidates?.[0];
  };
  return {
    person,
    former: formers,
    group: (name) => entries.groups.get(name),
    ownerOf: (account, blob) => {
      const known = owners.get(account);
      return known === undefined ? undefined : (known.get(blob) ?? lostBy.get(blob));
    },
    fingerprint: fingerprintOf,
    wasWithheld,
  };
}
