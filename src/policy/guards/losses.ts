/**
 * Who loses a way in though the entries stay: people behind shared accounts, keys that are to end or are others than before, and shells
 * that let nobody in.
 *
 * Only what differs between two views is looked at.
 */
import type { AccountKeys, HostView, PublishedView } from '../../directory/host-view.ts';
import { partsOf } from '../../directory/key-blobs.ts';
import { endsEarlier, lastEndOf } from '../../directory/key-ends.ts';
import { type KeyLines, NO_KEYS } from '../../directory/key-lines.ts';
import { formatKeyOptions, parseKeyOptions } from '../../directory/key-options.ts';
import type { LoginName } from '../../directory/names.ts';
import { Invalid } from '../../directory/rejection.ts';
import type { PasswdEntry } from '../../directory/passwd.ts';
import type { ShadowEntry } from '../../directory/shadow.ts';
import { countWithKeys, type RecentKeys } from './growth.ts';
import { closingDay } from './account-phase.ts';
import { refusesLogins } from '../overrides.ts';
import type { Change, MapPlan } from '../map-plan.ts';

/** People who do not get into a shared account any more. */
export interface SharersLost {
  readonly account: LoginName;
  /** How many got in. */
  readonly before: number;
  readonly lost: readonly LoginName[];
}

export interface Losses {
  /** How many had keys here, by name or behind a shared account. */
  readonly withKeys: number;
  /** Nobody who is refused, and nobody from whom keys are withheld on purpose. */
  readonly sharersLost: readonly SharersLost[];
  readonly sharersRefused: readonly LoginName[];
  readonly keysEnding: readonly LoginName[];
  readonly keysReplaced: readonly LoginName[];
  readonly shellsRefusing: readonly LoginName[];
  /** Of people who get into shared accounts, keys that came to them there. */
  readonly sharersKeysCame: readonly Pick<AccountKeys, 'person' | 'fingerprints'>[];
  /** Who had a way in and has none, or not for long, whatever it is that takes it. */
  readonly accessLost: readonly LoginName[];
}

interface MapsChanged {
  readonly passwd: MapPlan<PasswdEntry>;
  readonly shadow: MapPlan<ShadowEntry>;
  readonly keys: MapPlan<KeyLines>;
}

export function findLosses(current: PublishedView, view: HostView, { passwd, shadow, keys }: MapsChanged, recent: RecentKeys): Losses {
  const sharers = changedSharers(current.accountKeys, view.accountKeys);
  // To refuse a shared account itself is one refusal, however many get into it.
  const gone = sharers.filter(({ before, after }) => after === undefined && !view.refused.has(before.account)).map(({ before }) => before);
  const staying = sharers.filter(({ after }) => after !== undefined);
  const keysEnding = distinct([
    ...loginsOf(keys.changed.filter(({ before, after }) => endsEarlier(endOf(after), endOf(before)))),
    ...loginsOf(shadow.changed.filter(({ key, before, after }) => current.keys.has(key as LoginName) && closesEarlier(before, after))),
    ...staying.filter(({ before, after }) => endsEarlier(after?.until, before.until)).map(({ before }) => before.person),
  ]);
  const keysReplaced = distinct([
    ...loginsOf(keys.changed.filter((change) => isReplaced(change, recent))),
    ...staying.filter((change) => hasOtherKeys(change, recent)).map(({ before }) => before.person),
  ]).filter((name) => !view.keysWithheld.has(name));
  const shellsRefusing = loginsOf(passwd.changed.filter(isShellTaken));
  const accessLost = distinct([
    ...loginsOf(keys.removed).filter((name) => isTaken(name, view)),
    ...withoutAnyWay(gone, view),
    ...keysEnding,
    ...keysReplaced,
    ...shellsRefusing.filter((name) => current.keys.has(name)),
  ]);
  return {
    withKeys: countWithKeys(current),
    sharersLost: lostByAccount(gone, current, view),
    sharersKeysCame: staying.flatMap(keysCame),
    sharersRefused: distinct(gone.map(({ person }) => person).filter((name) => view.refused.has(name))),
    keysEnding,
    keysReplaced,
    shellsRefusing,
    accessLost,
  };
}

interface SharerChange {
  readonly before: AccountKeys;
  readonly after: AccountKeys | undefined;
}

/** Those who are gone or have other keys, or another end; new ones lose nothing. */
function changedSharers(before: readonly AccountKeys[], after: readonly AccountKeys[]): SharerChange[] {
  if (before.length === 0) return [];
  const staying = new Map(after.map((one) => [placeOf(one), one]));
  return before.map((one) => ({ before: one, after: staying.get(placeOf(one)) }));
}

/** Neither name holds a space. */
function placeOf({ account, person }: AccountKeys): string {
  return `${account} ${person}`;
}

function hasOtherKeys({ before: { person, fingerprints }, after }: SharerChange, recent: RecentKeys): boolean {
  const had = olderOf(fingerprints, (one) => recent.hasFingerprint(person, one));
  return after !== undefined && !had.some((one) => after.fingerprints.includes(one));
}

function keysCame({ before, after }: SharerChange): Pick<AccountKeys, 'person' | 'fingerprints'>[] {
  const fingerprints = after?.fingerprints.filter((one) => !before.fingerprints.includes(one)) ?? [];
  return fingerprints.length === 0 ? [] : [{ person: before.person, fingerprints }];
}

/** What somebody had for longer than a day; of somebody who is new, all. */
function olderOf<One>(all: readonly One[], isRecent: (one: One) => boolean): readonly One[] {
  const older = all.filter((one) => !isRecent(one));
  return older.length === 0 ? all : older;
}

function lostByAccount(gone: readonly AccountKeys[], current: PublishedView, view: HostView): SharersLost[] {
  const lost = gone.filter(({ person }) => !view.refused.has(person) && isTaken(person, view));
  return [...new Set(lost.map(({ account }) => account))].map((account) => ({
    account,
    before: current.accountKeys.filter((one) => one.account === account).length,
    lost: lost.filter((one) => one.account === account).map(({ person }) => person),
  }));
}

/** What the host's owner withholds was not taken by anybody. */
function isTaken(name: LoginName, { keysWithheld, staleDenied }: HostView): boolean {
  return !keysWithheld.has(name) && !staleDenied.has(name);
}

/** Whoever gets in by name or by another account has a way. */
function withoutAnyWay(gone: readonly AccountKeys[], view: HostView): LoginName[] {
  if (gone.length === 0) return [];
  const sharing = new Set(view.accountKeys.map(({ person }) => person));
  return gone.map(({ person }) => person).filter((name) => !view.keys.has(name) && !sharing.has(name) && isTaken(name, view));
}

function endOf(lines: KeyLines = NO_KEYS): string | undefined {
  return lastEndOf(lines);
}

function closesEarlier(before: ShadowEntry | undefined, after: ShadowEntry | undefined): boolean {
  return endsEarlier(closingDay(after?.aging ?? {}), closingDay(before?.aging ?? {}));
}

/** None of the earlier keys is left as good as it was: one that "from" has been put before may open nothing any more. */
function isReplaced({ key, before = NO_KEYS, after = NO_KEYS }: Change<KeyLines>, recent: RecentKeys): boolean {
  const had = olderOf([...partsOf(before)], ({ blob }) => recent.hasBlob(key as LoginName, blob));
  const earlier = new Map(had.map(({ blob, options }) => [blob, options]));
  return !partsOf(after).some(({ blob, options }) => isAsGood(earlier.get(blob), options));
}

function isAsGood(before: string | undefined, after: string): boolean {
  if (before === undefined || after === '' || after === before) return before !== undefined;
  const had = new Set(limitsIn(before));
  return limitsIn(after).every((option) => had.has(option));
}

/** That may let nobody in. An end is counted for itself; the others take something from who is in. */
const SHUTTING: ReadonlySet<string> = new Set(['from', 'verify-required']);

function limitsIn(text: string): string[] {
  const options = parseKeyOptions(text);
  return options instanceof Invalid ? [text] : options.filter(({ name }) => SHUTTING.has(name)).map((option) => formatKeyOptions([option]));
}

function isShellTaken({ before, after }: Change<PasswdEntry>): boolean {
  return before !== undefined && after !== undefined && refusesLogins(after.shell) && !refusesLogins(before.shell);
}

function loginsOf(changes: readonly { readonly key: string }[]): LoginName[] {
  return changes.map(({ key }) => key as LoginName);
}

function distinct(names: readonly LoginName[]): LoginName[] {
  return [...new Set(names)];
}
