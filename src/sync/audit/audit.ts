/**
 * The audit of a run: what a commit changes and what is newly withheld, a line each, exactly once whatever interrupts the run.
 *
 * The lines of a commit are durable before it takes effect and go into the log after it. Never does the audit stop a sync: what
 * cannot be written is said, waits, and is tried again by the next run; lines that were lost all the same end in a baseline, from
 * which on they tell all again.
 */
import { join } from 'node:path';
import { parseAccessGroups } from '../../caches/generation-files.ts';
import type { Manifest } from '../../caches/manifest.ts';
import { HoldfastError, messageOf } from '../../errors.ts';
import { holdLock } from '../../host/lock.ts';
import type { AuditEvent } from '../../policy/audit/event.ts';
import { auditFindings, isWithheld } from '../../policy/audit/findings.ts';
import type { Rejection } from '../../directory/rejection.ts';
import {
  type AuditedGeneration,
  type BatchHeader,
  batchChunks,
  dropBatch,
  listBatches,
  type WaitingBatch,
  writeBatch,
} from '../../state/audit-batch.ts';
import { type AuditLine, isEmergencyLine, parseAuditLine } from '../../state/audit-line.ts';
import { appendToLog, type AuditLogSettings } from '../../state/audit-log.ts';
import { readLastLine } from '../../state/audit-log-reader.ts';
import { type AuditState, readAuditState, withheldId, writeAuditState } from '../../state/audit-state.ts';
import { type AuditedChange, auditEvents } from './events.ts';
import { AuditLines, type BatchPlace } from './lines.ts';
import type { AuditReport } from './report.ts';
import type { Baseline } from '../baseline.ts';
import type { HostPaths } from '../../host/paths.ts';
import type { HostContext, NamedSources } from '../context.ts';

/** Milliseconds to wait while an emergency run writes its lines. */
const LOG_PATIENCE = 5000;
/** Lines that are reported one by one; the others are in the file. */
const SHOWN_MAX = 100;

export interface AuditedCommit extends Omit<AuditedChange, 'accessGroupsBefore' | 'wasWithheld'> {
  readonly baseline: Baseline;
  readonly now: Date;
  /** What a person has done: it comes first, and is the reason for all the rest. */
  readonly decision?: AuditEvent;
}

export function logSettings({ config, paths }: Pick<HostContext, 'config' | 'paths'>): AuditLogSettings {
  const { path, max_size: maxSize, keep } = config.audit;
  return { path: join(paths.root, path), maxSize, keep };
}

/** What is read and written under it is nobody else's meanwhile. @throws HoldfastError `lock-held` */
export function lockLog({ auditLock }: Pick<HostPaths, 'auditLock'>): Disposable {
  return holdLock(auditLock, LOG_PATIENCE);
}

/** What a run writes down of itself, from its beginning to its end. */
export class AuditTrail {
  readonly #context: HostContext;
  readonly #settings: AuditLogSettings;
  readonly #shown: AuditLine[] = [];
  #written = 0;
  #failure: HoldfastError | undefined;
  /** Lines of this run that could not be kept for later either. */
  #loss: HoldfastError | undefined;

  constructor(context: HostContext) {
    this.#context = context;
    this.#settings = logSettings(context);
  }

  /** What a run has left that was killed, or could not write. */
  recover(): void {
    this.#try(() => this.#flush());
  }

  /**
   * The lines of a commit, before the switch. A first generation has none of its own: the baseline says what it is. Where they cannot
   * be written, they do not lead to the generation, so that the end of the run writes a baseline.
   */
  stage(context: HostContext & NamedSources, { baseline, now, decision, ...change }: AuditedCommit): void {
    const { generation, fault } = baseline;
    if (!context.config.audit.enabled || (generation === undefined && fault === undefined)) return;
    try {
      const next: AuditedGeneration = { number: context.store.nextNumber(), committedAt: now.toISOString() };
      const place: BatchPlace = { generation: next.number, time: next.committedAt, firstSeq: 1 };
      const state = readAuditState(context.paths.auditState);
      const events = auditEvents(context, {
        ...change,
        accessGroupsBefore: parseAccessGroups(generation?.manifest.accessGroups ?? {}),
        wasWithheld: (login, fingerprint) => isKnown(state, withheldId('keys', login, fingerprint)),
      });
      const path = fault === undefined && generation !== undefined ? { previous: toAudited(generation.manifest), leadsTo: next } : {};
      writeBatch(context.paths.privateState, { ...place, ...path }, new AuditLines(context, place).of(because(decision, events)));
    } catch (error) {
      this.#loss = failureOf(error);
    }
  }

  /** What a person has done that makes no generation. */
  note(event: AuditEvent): void {
    this.#try(() => {
      const manifest = this.#context.store.currentManifest();
      if (typeof manifest === 'object')
        this.#write(this.#placeIn(manifest), new AuditLines(this.#context, this.#placeIn(manifest)).of([event]));
    });
  }

  /** @param rejections undefined when nothing was judged */
  settle(rejections: readonly Rejection[] | undefined): AuditReport | undefined {
    if (!this.#context.config.audit.enabled) return undefined;
    this.#try(() => {
      this.#flush();
      const manifest = this.#context.store.currentManifest();
      if (typeof manifest === 'object') this.#catchUp(manifest, rejections);
    });
    const { path } = this.#settings;
    const failure = this.#loss ?? this.#failure;
    return { path, shown: this.#shown, written: this.#written, ...(failure === undefined ? {} : { failure }) };
  }

  #try(work: () => void): void {
    if (!this.#context.config.audit.enabled) return;
    try {
      using _log = lockLog(this.#context.paths);
      work();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = failureOf(error);
    }
  }

  #catchUp(manifest: Manifest, rejections: readonly Rejection[] | undefined): void {
    const state = readAuditState(this.#context.paths.auditState);
    const withheld = (rejections ?? []).filter(isWithheld);
    // Somebody may have taken the log away.
    const isWhole = isSame(state.audited, manifest) && this.#lastLine() !== undefined;
    const news = isWhole ? withheld.filter((finding) => !isKnown(state, findingId(finding))) : [];
    // What a baseline counts is not told again, also when it has to wait.
    const remember = (): void => (rejections === undefined ? undefined : this.#rememberFindings(new Set(withheld.map(findingId))));
    if (!isWhole) remember();
    if (!isWhole) this.#writeBaseline(manifest, withheld, state);
    else if (news.length > 0) this.#writeFindings(manifest, news);
    if (isWhole) remember();
  }

  #writeBaseline(manifest: Manifest, withheld: readonly Rejection[], { audited }: AuditState): void {
    const reason =
      audited === undefined && manifest.why === 'first sync' ? 'first sync' : 'the lines before do not lead here without a gap';
    const place = this.#placeIn(manifest);
    const line = new AuditLines(this.#context, place).baseline(manifest, withheld, reason);
    this.#write({ ...place, leadsTo: toAudited(manifest) }, [line]);
  }

  #writeFindings(manifest: Manifest, findings: readonly Rejection[]): void {
    const place = this.#placeIn(manifest);
    this.#write(place, new AuditLines(this.#context, place).of(auditFindings(findings)));
  }

  /** After the lines that the generation has already. */
  #placeIn({ generation }: Manifest): BatchPlace {
    const last = this.#lastLine();
    const firstSeq = last?.generation === generation ? last.seq + 1 : 1;
    return { generation, time: this.#context.now().toISOString(), firstSeq };
  }

  /** Of the directory's. */
  #lastLine(): AuditLine | undefined {
    return readLastLine(this.#settings, (line) => !isEmergencyLine(line));
  }

  #write(header: BatchHeader, lines: Iterable<string>): void {
    writeBatch(this.#context.paths.privateState, header, lines);
    this.#flush();
  }

  #rememberFindings(findings: Set<number>): void {
    const { auditState } = this.#context.paths;
    const state = readAuditState(auditState);
    if (findings.symmetricDifference(state.findings).size > 0) writeAuditState(auditState, { ...state, findings });
  }

  /** In their order; what did not take effect is dropped. */
  #flush(): void {
    const { paths, store } = this.#context;
    const batches = listBatches(paths.privateState);
    if (batches.length === 0) return;
    const manifest = store.currentManifest();
    if (typeof manifest !== 'object') return;
    for (const batch of batches) {
      if (batch.header.generation <= manifest.generation) this.#append(batch);
      dropBatch(batch);
    }
  }

  #append(batch: WaitingBatch): void {
    const { generation, time, firstSeq } = batch.header;
    const last = this.#lastLine();
    const isThere = last?.generation === generation && last.time === time && last.seq >= firstSeq;
    const written = isThere ? last.seq - firstSeq + 1 : 0;
    appendToLog(this.#settings, batchChunks(batch, written));
    this.#remember(batch, written, last !== undefined);
  }

  /** @param written lines that an earlier run has reported @param isGoingOn the log had lines before */
  #remember(batch: WaitingBatch, written: number, isGoingOn: boolean): void {
    const { auditState } = this.#context.paths;
    const state = readAuditState(auditState);
    const { previous, leadsTo, firstSeq } = batch.header;
    if (leadsTo !== undefined) {
      const isLinked = previous === undefined || (isGoingOn && isEqual(previous, state.audited));
      state.audited = isLinked ? leadsTo : undefined;
    }
    for (const chunk of batchChunks(batch, 0)) {
      for (const text of chunk.toString('utf8').split('\n')) {
        const line = text === '' ? undefined : parseAuditLine(text);
        if (line === undefined) continue;
        noteLine(state, line, leadsTo !== undefined);
        if (line.seq < firstSeq + written) continue;
        this.#written += 1;
        if (this.#shown.length < SHOWN_MAX) this.#shown.push(line);
      }
    }
    writeAuditState(auditState, state);
  }
}

function* because(decision: AuditEvent | undefined, events: Iterable<AuditEvent>): Generator<AuditEvent> {
  if (decision !== undefined) yield decision;
  for (const event of events) yield decision === undefined ? event : { ...event, reason: decision.reason };
}

/** Whatever it is, the run goes on. */
export function failureOf(error: unknown): HoldfastError {
  return error instanceof HoldfastError
    ? error
    : new HoldfastError('cache-failed', messageOf(error), { detail: 'audit-log', cause: error });
}

/** @param isCommit the line tells of what is shown, and not only of what was withheld from the start */
function noteLine({ findings, keys }: AuditState, { event, login = '', fingerprint, code = '' }: AuditLine, isCommit: boolean): void {
  if (fingerprint === undefined && event !== 'account-removed') return;
  // The run's findings say the same: once is enough.
  if (event === 'key-withheld' || event === 'account-removed') {
    findings.add(withheldId(event === 'account-removed' ? 'passwd' : 'keys', login, code));
  }
  if (fingerprint === undefined) return;
  const id = withheldId('keys', login, fingerprint);
  if (event !== 'key-withheld') keys.delete(id);
  else if (isCommit) keys.add(id);
}

/** The reason tells one member or unreadable key from the others; that of an account may name times that pass. */
function findingId({ map, key, code, reason, fingerprint }: Rejection): number {
  return withheldId(map, key, fingerprint ?? (/^(?:member|key)-/.test(code) ? `${code} ${reason}` : code));
}

function isKnown({ findings, keys }: AuditState, id: number): boolean {
  return findings.has(id) || keys.has(id);
}

function toAudited({ generation, createdAt }: Manifest): AuditedGeneration {
  return { number: generation, committedAt: createdAt };
}

function isSame(audited: AuditedGeneration | undefined, manifest: Manifest): boolean {
  return isEqual(toAudited(manifest), audited);
}

function isEqual(one: AuditedGeneration, other: AuditedGeneration | undefined): boolean {
  return one.number === other?.number && one.committedAt === other.committedAt;
}
