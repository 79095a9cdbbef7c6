/**
 * AWS IAM as a source: the users of some groups, with their Active SSH public keys.
 *
 * A key's content never changes under its id, so that one that the last good snapshot has is not asked for again: a run that finds nothing new lists
 * the groups, and each person's keys.
 */
import type { Aws, Role } from '../../aws/aws.ts';
import { parseAuthorizedKey } from '../../directory/authorized-key.ts';
import { blobOf } from '../../directory/key-blobs.ts';
import { splitKeyLines } from '../../directory/key-lines.ts';
import type { GroupName } from '../../directory/names.ts';
import { Invalid, printable } from '../../directory/rejection.ts';
import type { DirectorySnapshot, DirectoryUser, KeyUpload } from '../../directory/snapshot.ts';
import { type RawUser, SnapshotBuilder } from '../../directory/validate.ts';
import { HoldfastError } from '../../errors.ts';
import { Deadline } from '../deadline.ts';
import { clockOf } from '../clock.ts';
import { type FetchProgress, type ServerClock, type ServerProbe, type Source, SourceError } from '../source.ts';
import { concurrently } from './concurrently.ts';
import { type IamGroup, IamDirectory, type IamPerson, type ListedKey, tooMany, Vanished } from './iam-directory.ts';
import { type Identities, type Identity, identify, type IdentitySettings } from './identities.ts';

export interface LinuxGroupSettings {
  readonly iamName: string;
  readonly name: GroupName;
  readonly gid: number | undefined;
  /** Its users are accounts here; of others, those who are in such a group are members. */
  readonly hasAccounts: boolean;
}

export interface IamSourceSettings extends IdentitySettings {
  readonly name: string;
  readonly groups: readonly LinuxGroupSettings[];
  readonly primaryGroup: { readonly name: GroupName; readonly gid: number };
  readonly maxEntries: number;
  /** Milliseconds for the whole fetch. */
  readonly timeout: number;
  /** Assumed to read with, and for nothing else. */
  readonly role: Role | undefined;
  /** To be disposed of. */
  readonly openAws: (signal: AbortSignal) => Aws;
  /** What this host had of this source before; undefined when there is nothing, or nothing that can be read. */
  readonly lastGood: () => DirectorySnapshot | undefined;
}

interface ListedGroup extends LinuxGroupSettings {
  readonly found: IamGroup;
}

interface KeyRing {
  readonly lines: readonly string[];
  readonly uploads: readonly KeyUpload[];
}

/** IAM limits calls for the account as a whole, and others call it too. */
const CALLS_AT_A_TIME = 4;
/** Somebody who is deleted while IAM is read may be; a second time in a row would be another reason. */
const ATTEMPTS = 2;
/** Milliseconds, whatever `timeout` says: somebody waits. */
const PROBE_PATIENCE = 8000;
const NO_AGING: RawUser['aging'] = { lastChange: [], min: [], max: [], warning: [], inactive: [], expire: [], flag: [] };

type ProgressListener = (progress: FetchProgress) => void;

export class IamSource implements Source {
  readonly name: string;
  readonly #settings: IamSourceSettings;
  readonly #now: () => number;

  constructor(settings: IamSourceSettings, now: () => number) {
    this.name = settings.name;
    this.#settings = settings;
    this.#now = now;
  }

  async fetch(signal: AbortSignal, onProgress: ProgressListener): Promise<DirectorySnapshot> {
    const { timeout, lastGood } = this.#settings;
    using deadline = new Deadline(timeout, `IAM: not done within ${timeout / 1000} s (timeout)`);
    const known = new Map(lastGood()?.users.map((user) => [user.id, user]));
    const failures: Vanished[] = [];
    while (failures.length < ATTEMPTS) {
      try {
        return await this.#attempt(deadline.within(signal), known, onProgress);
      } catch (error) {
        if (!(error instanceof Vanished)) throw error;
        failures.push(error);
      }
    }
    throw new SourceError('source-unavailable', `IAM changes while it is read: ${failures.map(({ message }) => message).join('\n')}`);
  }

  /** Asks for each group, as a fetch would begin. */
  async probe(signal: AbortSignal): Promise<readonly ServerProbe[]> {
    using deadline = new Deadline(PROBE_PATIENCE, `IAM: no answer within ${PROBE_PATIENCE / 1000} s`);
    const { openAws, role, groups, maxEntries } = this.#settings;
    using aws = openAws(deadline.within(signal));
    using inRole = role === undefined ? undefined : aws.withRole(role);
    const asked = inRole ?? aws;
    let before = this.#now();
    try {
      for (const { iamName } of groups) {
        before = this.#now();
        await new IamDirectory(asked, maxEntries).group(iamName);
      }
    } catch (error) {
      if (!(error instanceof HoldfastError) && !(error instanceof Vanished)) throw error;
      const failure = error instanceof HoldfastError ? error : new SourceError('source-unavailable', error.message);
      return [{ server: 'IAM', failure, clock: this.#clockOf(asked, before) }];
    }
    return [{ server: 'IAM', clock: this.#clockOf(asked, before) }];
  }

  /** @param before milliseconds since the epoch: when the last question went out */
  #clockOf({ lastDate }: Aws, before: number): ServerClock | undefined {
    const after = this.#now();
    return lastDate === undefined ? undefined : clockOf({ before, after, time: lastDate });
  }

  async #attempt(signal: AbortSignal, known: ReadonlyMap<string, DirectoryUser>, onProgress: ProgressListener): Promise<DirectorySnapshot> {
    const stop = new AbortController();
    const { openAws, role, maxEntries } = this.#settings;
    using aws = openAws(AbortSignal.any([signal, stop.signal]));
    using inRole = role === undefined ? undefined : aws.withRole(role);
    const directory = new IamDirectory(inRole ?? aws, maxEntries);
    const together = async <Subject, Result>(
      subjects: readonly Subject[],
      work: (subject: Subject) => Promise<Result>,
    ): Promise<Result[]> => await concurrently(subjects, CALLS_AT_A_TIME, work, (error) => stop.abort(error));

    const groups = await together(this.#settings.groups, async (group) => ({ ...group, found: await directory.group(group.iamName) }));
    const people = this.#peopleOf(groups);
    const identities = identify(people, this.#settings, known);
    let entries = groups.length;
    const rings = await together(identities.identified, async ({ person }) => {
      const ring = await readKeys(directory, person, known.get(person.id));
      onProgress({ entries: (entries += 1), from: 'IAM' });
      return ring;
    });
    return this.#build(groups, identities, rings);
  }

  /** Each once, of the groups whose users are accounts. @throws SourceError */
  #peopleOf(groups: readonly ListedGroup[]): IamPerson[] {
    const { maxEntries } = this.#settings;
    const people = new Map<string, IamPerson>();
    for (const { found, hasAccounts } of groups) if (hasAccounts) for (const person of found.people) people.set(person.id, person);
    if (people.size + groups.length > maxEntries) throw tooMany(maxEntries);
    return [...people.values()];
  }

  #build(groups: readonly ListedGroup[], { identified, refused }: Identities, rings: readonly KeyRing[]): DirectorySnapshot {
    const { primaryGroup } = this.#settings;
    const builder = new SnapshotBuilder(this.name);
    for (const { person, label, reason } of refused) builder.refuseUser(printable(label), person.arn, reason);
    const byId = [...identified.entries()].sort(([, a], [, b]) => (a.person.id < b.person.id ? -1 : 1));
    for (const [index, identity] of byId) builder.addUser(rawUser(identity, primaryGroup.gid, rings[index]));
    builder.addGroup({ ...rawGroup(primaryGroup, []), dn: `primary_group of source ${this.name}`, id: ['primary_group'] });
    const logins = new Map(identified.map(({ person, name }) => [person.id, name]));
    for (const { found, ...group } of groups) {
      const members = found.people.map(({ id }) => logins.get(id)).filter((login) => login !== undefined);
      builder.addGroup({ ...rawGroup(group, members), dn: found.arn, id: [found.id] });
    }
    return builder.finish(this.#now());
  }
}

/** @param known the same person in the last good snapshot */
async function readKeys(directory: IamDirectory, person: IamPerson, known: DirectoryUser | undefined): Promise<KeyRing> {
  const listed = await directory.activeKeys(person);
  const ring = { lines: [] as string[], uploads: [] as KeyUpload[] };
  for (const key of listed) {
    const line = knownLine(key, known) ?? labelled(await directory.key(person, key), key.id);
    const parsed = parseAuthorizedKey(line);
    ring.lines.push(line);
    if (!(parsed instanceof Invalid)) ring.uploads.push({ id: key.id, at: key.uploadedAt, blob: blobOf(parsed) });
  }
  return ring;
}

function knownLine({ id, uploadedAt }: ListedKey, known: DirectoryUser | undefined): string | undefined {
  const blob = known?.uploads?.find((upload) => upload.id === id && upload.at === uploadedAt)?.blob;
  if (blob === undefined || known === undefined) return undefined;
  return splitKeyLines(known.keys).find((line) => {
    const key = parseAuthorizedKey(line);
    return !(key instanceof Invalid) && blobOf(key) === blob;
  });
}

/** A key without a comment gets its id for one, by which it is found in IAM. */
function labelled(body: string, id: string): string {
  const line = body.trim();
  const parsed = parseAuthorizedKey(line);
  return parsed instanceof Invalid || parsed.text.split(' ').length > 2 ? line : `${line} ${id}`;
}

function rawUser({ person, name, uid }: Identity, gid: number, ring: KeyRing | undefined): RawUser {
  if (ring === undefined) throw new Error(`the keys of ${person.id} were not read`);
  return {
    dn: person.arn,
    id: [person.id],
    name: [name],
    nameType: 'UserName',
    uid: [String(uid)],
    gid: [String(gid)],
    gecos: [person.name],
    home: [`/home/${name}`],
    shell: [],
    password: [],
    aging: NO_AGING,
    keys: ring.lines,
    uploads: ring.uploads,
  };
}

function rawGroup({ name, gid }: Pick<LinuxGroupSettings, 'name' | 'gid'>, members: readonly string[]) {
  return { name: [name], nameType: 'GroupName', gid: gid === undefined ? [] : [String(gid)], memberNames: members, memberDns: [] };
}
