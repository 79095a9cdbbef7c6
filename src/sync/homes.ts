/**
 * Homes that nobody is left for: by the number that owns them, since files belong to a number, and names come and go.
 *
 * Somebody is there who is a local account, is shown, holds a uid in the ledger, or is in the last good snapshot of a source, quarantined or not.
 */
import { dirname, join } from 'node:path';
import type { Day } from '../directory/day.ts';
import { isFormerName, type PastHolding } from '../directory/uid-holding.ts';
import { type HomeFolder, readHomeFolders } from '../host/home-folders.ts';
import { loadSnapshot } from '../state/snapshot-file.ts';
import { readUidLedger, type StoredUidLedger } from '../state/uid-ledger.ts';
import type { HostContext } from './context.ts';

export interface OrphanedHome {
  readonly folder: HomeFolder;
  /** Who had the number last; undefined for one that this host does not remember. */
  readonly was: { readonly name: string; readonly goneSince: Day } | undefined;
  /** Who has the number now, and with it this home. */
  readonly passedTo: string | undefined;
}

export interface HomesReport {
  /** The folders in which homes were looked for. */
  readonly parents: readonly string[];
  readonly homes: readonly OrphanedHome[];
  /** What is wrong with the uid ledger, so that who had a number is not known. */
  readonly ledgerFault: string | undefined;
}

interface Attendance {
  readonly isThere: (uid: number) => boolean;
  readonly holderOf: (uid: number) => string | undefined;
  /** The last ones last. */
  readonly past: readonly PastHolding[];
}

/** @throws HoldfastError `configuration`, `cache-failed` */
export function findOrphanedHomes(context: HostContext): HomesReport {
  const stored = readUidLedger(context.paths.uidLedger);
  const parents = parentsOf(context);
  const attendance = attendanceOf(context, typeof stored === 'object' ? stored : undefined);
  return {
    parents,
    homes: parents.flatMap((parent) => readHomeFolders(parent).flatMap((folder) => judge(folder, attendance))),
    ledgerFault: typeof stored === 'string' ? stored : undefined,
  };
}

function judge(folder: HomeFolder, { isThere, holderOf, past }: Attendance): OrphanedHome[] {
  const name = folder.name.toString();
  const formers = past.filter(({ uid }) => uid === folder.uid);
  const former = formers.findLast((one) => one.name === name) ?? formers.at(-1);
  const was = former && { name: former.name, goneSince: former.goneSince };
  if (!isThere(folder.uid)) return [{ folder, was, passedTo: undefined }];
  const holder = holderOf(folder.uid);
  const isOfFormer = holder !== undefined && former?.name === name && holder !== name;
  return isOfFormer ? [{ folder, was, passedTo: holder }] : [];
}

function attendanceOf(context: HostContext, ledger: StoredUidLedger | undefined): Attendance {
  const { config, paths, local } = context;
  const there = new Set(local.users.values());
  for (const { name } of config.source) {
    const stored = loadSnapshot(paths.snapshot(name));
    if (typeof stored === 'object') for (const { uid } of stored.snapshot.users) there.add(uid);
  }
  for (const { uid } of shownPeople(context)) there.add(uid);
  const indexOf = (uid: number): number => ledger?.held.indexOf(uid) ?? -1;
  return {
    isThere: (uid) => there.has(uid) || indexOf(uid) !== -1,
    holderOf: (uid) => (indexOf(uid) === -1 ? undefined : ledger?.held.read(indexOf(uid)).name),
    past: ledger?.past.filter((one) => !isFormerName(one, ledger.held)) ?? [],
  };
}

/** Where homes are by default, where the policy puts them, and where those of the people are who are shown. */
function parentsOf(context: HostContext): string[] {
  const { config, paths } = context;
  const { home } = config.policy;
  const template = home === undefined ? [] : [dirname(home.slice(0, home.indexOf('{name}') + 1))];
  const shown = shownPeople(context).map((entry) => dirname(entry.home));
  const parents = new Set(['/home', ...template, ...shown]);
  parents.delete('/');
  return [...parents].sort().map((parent) => join(paths.root, parent));
}

function shownPeople({ store }: HostContext) {
  const current = store.current();
  if (current.state === 'whole') return store.view(current.generation).passwd;
  return current.state === 'damaged' && current.lastWhole !== undefined ? store.view(current.lastWhole).passwd : [];
}
