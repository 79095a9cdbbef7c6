/**
 * What the sources say, as far as this host shows it: fetched or last good, validated, and under this host's policy.
 *
 * The snapshots are let go when this is known, since they are most of a run's memory. One that is new is staged before.
 */
import { existsSync } from 'node:fs';
import { readServedLogins } from '../caches/served-logins.ts';
import type { ManifestSource } from '../caches/manifest.ts';
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import type { HostView } from '../directory/host-view.ts';
import { NO_KEYS } from '../directory/key-lines.ts';
import { type LoginName, parseLoginName } from '../directory/names.ts';
import { Invalid } from '../directory/rejection.ts';
import type { LedgerUpdate } from '../directory/uid-holding.ts';
import { releaseMemory } from '../memory.ts';
import type { HostPolicy } from '../policy/host-policy.ts';
import type { Judgement } from '../policy/policy.ts';
import { isHeldRemovalsDamaged, readHeldRemovals } from '../state/held-removals.ts';
import { digestSnapshot, dropStaged, stageSnapshot, storedDigest } from '../state/snapshot-file.ts';
import type { Baseline } from './baseline.ts';
import type { DirectoryContext } from './context.ts';
import { type GatheredSource, gather } from './gather.ts';
import { type HostAccess, withHostAccess } from './host-access/host-access.ts';
import { type KeyAgesSeen, keysDoNotAge, seeKeyAges } from './keys/key-ages.ts';
import type { SourceReport } from './report.ts';
import { type Rendering, renderSnapshots } from './render-view.ts';
import { findStale } from './status/staleness.ts';
import { type JudgedUid, type OpenedLedger, openLedger, sourcesByName, withRenamed } from './uid-ledger.ts';

export interface Directory<Staged> {
  /** Absent when a source failed that has nothing to fall back on and whose people are shown here. */
  readonly view: HostView | undefined;
  /** There when the view is not. */
  readonly gap?: Gap;
  /** The rules under which it was made. */
  readonly policy: HostPolicy;
  readonly sources: readonly SourceReport[];
  readonly hostAccess: HostAccess;
  /** What `stage.snapshots` returned. */
  readonly staged: Staged;
  /** To be kept when the run settles. */
  readonly keyAges: KeyAgesSeen;
  readonly uids: UidFindings;
}

/** What is known where a source can neither be asked nor remembered. */
export interface Gap {
  /** Sources that answered in this run. */
  readonly fresh: ReadonlySet<string>;
  /** Of the sources that can be read; undefined when none can. */
  readonly judgement: Judgement | undefined;
  /** Who holds a uid here, as the ledger has it, with the source where it says that. */
  readonly sourceByName: ReadonlyMap<string, string | undefined>;
  /** Sources that have been silent for too long, with since when. */
  readonly stale: ReadonlyMap<string, Date>;
}

export interface UidFindings {
  /** What is wrong with the ledger on the disk. The ledger itself is let go with the snapshots. */
  readonly ledgerFault: OpenedLedger['fault'];
  /** The next ledger was handed to `stage.ledger`. */
  readonly isLedgerStaged: boolean;
  /** Uids that were contested. */
  readonly judged: readonly JudgedUid[];
}

const NO_UIDS: UidFindings = { ledgerFault: undefined, isLedgerStaged: false, judged: [] };

export interface StagedSources {
  /** Where the view comes from. */
  readonly origins: readonly ManifestSource[];
  /** The sources whose new snapshot is staged. */
  readonly names: readonly string[];
}

/** What is written down while the snapshots are there, without effect yet. Not asked when there is no view. */
export interface Stage<Staged> {
  readonly snapshots: (context: DirectoryContext, gathered: readonly GatheredSource[]) => Staged;
  /** Only when there is something new. */
  readonly ledger: (context: DirectoryContext, ledger: OpenedLedger, update: LedgerUpdate) => void;
}

export async function readDirectory<Staged>(
  context: DirectoryContext,
  baseline: Baseline,
  stage: Stage<Staged>,
): Promise<Directory<Staged | undefined>> {
  const { sources, paths, signal, onProgress, readHostAccess } = context;
  const begun = beginMissingLedger(context, baseline);
  const [hostAccess, gathered] = await Promise.all([readHostAccess(), gather(sources, paths.snapshot, signal, onProgress)]);
  signal.throwIfAborted();
  const reports = gathered.map(reportSource);
  const stale = findStale(context, gathered);
  const ledger = begun ?? openLedger(context, baseline);
  const snapshots = gathered.map(({ snapshot }) => snapshot).filter((snapshot) => snapshot !== undefined);
  const policy = withRenamed(withHostAccess(rulesOf(context, gathered, { stale, baseline }), hostAccess), ledger, snapshots);
  if (!canRender(gathered, baseline)) {
    const gap = findGap(context, gathered, { policy, baseline, ledger, stale });
    return { view: undefined, gap, policy, sources: reports, hostAccess, staged: undefined, keyAges: keysDoNotAge, uids: NO_UIDS };
  }
  const staged = stage.snapshots(context, gathered);
  const keyAges = seeKeyAges(context, gathered);
  let isLedgerStaged = false;
  const onLedgerUpdate = (update: LedgerUpdate): void => {
    stage.ledger(context, ledger, update);
    isLedgerStaged = true;
  };
  const {
    judgement: { view },
    judged,
  } = renderSnapshots(context, snapshots, { policy, ledger, baseline, agedKeys: keyAges.agedKeys, onLedgerUpdate });
  return {
    view: keyAges.findings.length === 0 ? view : { ...view, rejections: [...view.rejections, ...keyAges.findings] },
    policy,
    sources: reports.map((report) => reportStale(report, stale, view)),
    hostAccess,
    staged,
    keyAges,
    uids: { ledgerFault: ledger.fault, isLedgerStaged, judged },
  };
}

/** Before anything is fetched: it reads the last good snapshots, and two directories at a time fill the memory. */
function beginMissingLedger(context: DirectoryContext, baseline: Baseline): OpenedLedger | undefined {
  if (existsSync(context.paths.uidLedger)) return undefined;
  const begun = openLedger(context, baseline);
  if (begun.ledger.held.count > 0) releaseMemory();
  return begun;
}

/** Without an answer, whom the directory refused when a guard last held it stays refused: the last good snapshot does not know of that. */
export function rulesOf(
  { policy, paths }: Pick<DirectoryContext, 'policy' | 'paths'>,
  gathered: readonly GatheredSource[],
  { stale, baseline }: Silence,
): HostPolicy {
  if (gathered.every(({ fresh }) => fresh)) return policy;
  const isDamaged = isHeldRemovalsDamaged(paths.heldRemovals);
  const refused = isDamaged ? withoutKeysNow(gathered, baseline, paths.stateDirectory) : refusedWhenHeld(paths.heldRemovals, gathered);
  return { ...policy, refused, staleSources: new Set(stale.keys()) };
}

/** What the rules are about, while a source does not answer. */
interface Silence {
  /** Sources that have been silent for too long, with since when. */
  readonly stale: ReadonlyMap<string, Date>;
  readonly baseline: Baseline;
}

/** A source that answers speaks for itself. A denial depends on groups, which any of them may have. */
function refusedWhenHeld(path: string, gathered: readonly GatheredSource[]): Map<LoginName, string | undefined> {
  const fresh = new Set(gathered.filter((source) => source.fresh).map(({ name }) => name));
  const refused = new Map<LoginName, string | undefined>();
  for (const { name, source } of readHeldRemovals(path)?.refused ?? []) {
    const login = parseLoginName(name);
    if (!(login instanceof Invalid) && !fresh.has(source ?? '')) refused.set(login, source);
  }
  return refused;
}

/** Whom the directory refused is lost. So nobody gets keys back whom this host gives none, neither as themselves nor behind a shared account. */
function withoutKeysNow(
  gathered: readonly GatheredSource[],
  baseline: Baseline,
  stateDirectory: string,
): Map<LoginName, string | undefined> {
  const { logins, sharers } = letInNow(baseline, stateDirectory);
  const silent = gathered.filter(({ fresh }) => !fresh).flatMap(({ snapshot }) => snapshot?.users ?? []);
  const without = silent.filter(({ name, keys: own }) => own !== NO_KEYS && !logins.has(name) && !sharers.has(name));
  return new Map(without.map(({ name, source }) => [name, source]));
}

/** An older generation, shown since the current one is damaged, has those who were refused since: then only what sshd reads counts. */
function letInNow({ fault, view }: Baseline, stateDirectory: string): { readonly logins: LoginSet; readonly sharers: LoginSet } {
  if (fault !== undefined) return { logins: readServedLogins(stateDirectory), sharers: new Set() };
  const { keys, accountKeys } = view();
  return { logins: keys, sharers: new Set(accountKeys.map(({ person }) => person)) };
}

type LoginSet = Pick<ReadonlySet<LoginName>, 'has'>;

/** Only what a source has just given, and what is not kept already, whole. */
export function stageNew({ paths }: DirectoryContext, gathered: readonly GatheredSource[]): StagedSources {
  const origins: ManifestSource[] = [];
  const names: string[] = [];
  for (const { name, snapshot, digest: lastGood } of gathered) {
    // A run that was killed may have left one.
    dropStaged(paths.snapshot(name));
    if (snapshot === undefined) continue;
    const { digest, isStaged } =
      lastGood === undefined ? stageIfNew(paths.snapshot(name), snapshot) : { digest: lastGood, isStaged: false };
    const { users, groups } = snapshot;
    const fetchedAt = new Date(snapshot.fetchedAt).toISOString();
    origins.push({ name, fetchedAt, snapshot: digest, users: users.length, groups: groups.length });
    if (isStaged) names.push(name);
  }
  return { origins, names };
}

/** Where nothing is kept yet, the digest is a by-product of writing. */
function stageIfNew(path: string, snapshot: DirectorySnapshot): { readonly digest: string; readonly isStaged: boolean } {
  const stored = storedDigest(path);
  const digest = stored === undefined ? undefined : digestSnapshot(snapshot);
  if (digest !== undefined && digest === stored) return { digest, isStaged: false };
  return { digest: stageSnapshot(path, snapshot), isStaged: true };
}

/**
 * A source that failed and has no last good snapshot leaves a gap. That is the truth on a new host; where this host already
 * shows people of that source, rendering without it would remove them.
 */
function canRender(gathered: readonly GatheredSource[], { generation }: Baseline): boolean {
  const missing = gathered.filter(({ snapshot }) => snapshot === undefined).map(({ name }) => name);
  if (missing.length === gathered.length) return false;
  return !generation?.manifest.sources.some(({ name }) => missing.includes(name));
}

type GapRendering = Pick<Rendering, 'policy' | 'baseline' | 'ledger'> & Pick<Gap, 'stale'>;

function findGap(context: DirectoryContext, gathered: readonly GatheredSource[], { stale, ...rendering }: GapRendering): Gap {
  const snapshots = gathered.flatMap(({ snapshot }) => snapshot ?? []);
  const onLedgerUpdate = (): void => undefined;
  return {
    fresh: new Set(gathered.filter(({ fresh }) => fresh).map(({ name }) => name)),
    judgement: snapshots.length === 0 ? undefined : renderSnapshots(context, snapshots, { ...rendering, onLedgerUpdate }).judgement,
    sourceByName: sourcesByName(rendering.ledger),
    stale,
  };
}

export function reportStale(report: SourceReport, stale: ReadonlyMap<string, Date>, { staleDenied }: HostView): SourceReport {
  const since = stale.get(report.name);
  if (since === undefined) return report;
  const denied = [...staleDenied.values()].filter((source) => source === report.name).length;
  return { ...report, stale: { since, denied } };
}

function reportSource({ name, fresh, snapshot, failure, lastGoodFault, certificates }: GatheredSource): SourceReport {
  return {
    name,
    fresh,
    ...(snapshot === undefined ? {} : { users: snapshot.users.length, groups: snapshot.groups.length }),
    ...(failure === undefined ? {} : { failure }),
    ...(lastGoodFault === undefined ? {} : { lastGoodFault }),
    ...(certificates === undefined ? {} : { certificates }),
  };
}
