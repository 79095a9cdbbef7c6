/**
 * Whose key a fingerprint is, or was at a time: from the audit log, the generations that are kept, the last good snapshots and
 * the emergency keys.
 */
import { KeysSearch } from '../../caches/keys-search.ts';
import type { Generation } from '../../caches/generation.ts';
import { DN_SHOWN, printable } from '../../directory/rejection.ts';
import { splitKeyLine } from '../../policy/audit/keys.ts';
import { type AuditLine, isEmergencyLine } from '../../state/audit-line.ts';
import { type LogExtent, searchLog } from '../../state/audit-log-reader.ts';
import { searchSnapshotKeys } from '../../state/snapshot-search.ts';
import { logSettings } from './audit.ts';
import type { HostContext } from '../context.ts';
import { findEmergencySpans } from '../emergency/spans.ts';
import { fingerprintOf } from '../keys/key-fingerprint.ts';
import { findSpans, type KeySpan, type ServedNow } from '../keys/key-spans.ts';
import type { Moment } from '../moment.ts';

/** Lines about one key that are told; a key that changes more often than that is known by its last ones. */
const LINES_MAX = 10_000;

export interface WhoReport {
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly at?: { readonly from: string; readonly to: string };
  /** Those that touch the time that was asked for, if one was. */
  readonly spans: readonly (KeySpan & { readonly isCertain: boolean })[];
  /** Who has it in the directory now, whether this host serves it or not. */
  readonly directory: readonly { readonly login: string; readonly uid: number; readonly source: string; readonly id: string }[];
  readonly searched: LogExtent & { readonly path: string; readonly generations: readonly number[] };
}

/** @throws HoldfastError `cache-failed` */
export function findKeyOwner(context: HostContext, fingerprint: string, moment: Moment | undefined): WhoReport {
  const settings = logSettings(context);
  const lines: AuditLine[] = [];
  const baselines: AuditLine[] = [];
  const isWanted = (text: string): boolean => text.includes(fingerprint) || text.includes('"event":"baseline"');
  const extent = searchLog(settings, isWanted, (line) => {
    if (line.event === 'baseline') baselines.push(line);
    else if (line.fingerprint === fingerprint && lines.length < LINES_MAX) lines.push(line);
  });
  const [ofEmergency = [], ofDirectory = []] = [true, false].map((wanted) =>
    lines.toReversed().filter((line) => isEmergencyLine(line) === wanted),
  );
  const kept = context.store.kept();
  const isKey = (blob: string): boolean => fingerprintOf(blob) === fingerprint;
  const spans = findSpans({
    lines: ofDirectory,
    baselines: baselines.toReversed(),
    logFrom: extent.from,
    served: findServed(kept, isKey),
    committedAt: kept[0]?.manifest.createdAt,
  });
  const emergencySpans = findEmergencySpans(context.paths, fingerprint, ofEmergency, extent.from);
  return {
    fingerprint,
    ...(moment === undefined ? {} : { at: { from: iso(moment.from), to: iso(moment.to) } }),
    spans: [...spans, ...emergencySpans].flatMap((span) => judgeSpan(span, moment)),
    directory: findInDirectory(context, isKey),
    searched: { path: settings.path, ...extent, generations: kept.map(({ number }) => number).sort((a, b) => a - b) },
  };
}

/** Whether this is an answer, and not only what is known of another time. */
export function isAnswered({ spans, directory, at }: WhoReport): boolean {
  return spans.some(({ isCertain }) => isCertain) || (at === undefined && directory.length > 0);
}

function findServed(kept: readonly Generation[], isKey: (blob: string) => boolean): ServedNow[] {
  const search = new KeysSearch(isKey);
  const [current, ...older] = kept;
  if (current === undefined) return [];
  const earlier = older.map((generation) => ({ generation, logins: new Set(search.in(generation).map(({ login }) => login)) }));
  return search.in(current).map(({ login, line }) => {
    const gap = earlier.findIndex(
      ({ generation, logins }, index) => generation.number !== current.number - index - 1 || !logins.has(login),
    );
    const oldest = earlier[(gap === -1 ? earlier.length : gap) - 1]?.generation ?? current;
    const { type: keyType, comment } = splitKeyLine(line);
    return { login, keyType, comment, since: oldest.manifest.createdAt };
  });
}

function findInDirectory({ config, paths }: HostContext, isKey: (blob: string) => boolean): WhoReport['directory'] {
  return config.source.flatMap(({ name: source }) =>
    searchSnapshotKeys(paths.snapshot(source), source, isKey).map(({ name, uid, id }) => ({
      login: name,
      uid,
      source,
      id: printable(id, DN_SHOWN),
    })),
  );
}

/** Nothing for a span that does not touch the time. */
function judgeSpan(span: KeySpan, moment: Moment | undefined): WhoReport['spans'] {
  if (moment === undefined) return [{ ...span, isCertain: true }];
  const end = span.until ?? span.untilBefore;
  if (end !== undefined && Date.parse(end) <= moment.from) return [];
  if (span.since !== undefined && Date.parse(span.since) > moment.to) return [];
  const isKnown = span.sinceBefore === undefined || Date.parse(span.sinceBefore) <= moment.to;
  return [{ ...span, isCertain: isKnown }];
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
