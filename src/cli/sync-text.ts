/**
 * What `holdfast sync` says of its outcome.
 */
import type { Manifest } from '../caches/manifest.ts';
import type { Rejection } from '../directory/rejection.ts';
import type { MapPlan } from '../policy/map-plan.ts';
import type { Plan } from '../policy/plan.ts';
import type { FindingNews } from '../sync/findings.ts';
import { type Reduced, type SourceReport, type SyncOutcome, type SyncReport, syncStatus } from '../sync/report.ts';
import { warningsOfHooks } from '../sync/hooks/report.ts';
import type { FindingCount } from '../state/run-record.ts';
import { auditJson, reportAudit } from './audit-text.ts';
import { hostAccessJson, reportHostAccess } from './host-access-text.ts';
import { errorJson } from './failure-json.ts';
import type { Output } from './render.ts';
import { reportHooks, reportWarnings } from './warnings-text.ts';
import { count, groups, people, some } from '../sync/phrases.ts';

export function renderSync(output: Output, report: SyncReport): void {
  reportSources(output, report.sources);
  reportHostAccess(output, report.hostAccess);
  reportWarnings(output, report.warnings);
  reportLedger(output, report);
  if (report.outcome.kind !== 'kept') reportFindings(output, report);
  renderOutcome(output, report.outcome);
  reportAudit(output, report.audit);
  reportHooks(output, report.hooks);
  if (report.approvalWaits === true) {
    const text = 'what is held cannot be approved while a source does not answer: the approval changed nothing';
    return output.event('warning', text, 'approval-waits', {});
  }
  if (!report.approvalUnused) return;
  output.event(
    'warning',
    'no guard holds anything of this run: there was nothing to approve, and the approval changed nothing',
    'approval-unused',
    {},
  );
}

/** A failed source, with what is served instead. */
export function reportSources(output: Output, sources: readonly SourceReport[]): void {
  for (const source of sources) {
    const { name, failure, stale } = source;
    if (failure === undefined) continue;
    const fallback = describeFallback(source);
    output.event('error', `source "${name}": ${failure.message}`, 'source-failed', {
      source: name,
      code: failure.code,
      detail: failure.detail,
      message: failure.message,
    });
    for (const hint of failure.hints) output.hint(hint);
    output.explains([failure.explainedBy]);
    output.event('info', `source "${name}": ${fallback}`, 'source-fallback', { source: name, fallback });
    if (stale !== undefined) reportStale(output, name, stale);
  }
}

function describeFallback({ users, lastGoodFault }: SourceReport): string {
  if (users !== undefined) return 'its last good snapshot goes on serving';
  if (lastGoodFault === undefined) return 'no last good snapshot of it is here';
  return `its last good snapshot cannot be used: ${lastGoodFault}`;
}

function reportLedger(output: Output, { ledgerFault, outcome }: SyncReport): void {
  if (ledgerFault === undefined) return;
  const { kind, text } = ledgerFault;
  const beside = kind === 'damaged' ? 'it is kept beside as uid-ledger.damaged, and ' : '';
  const done =
    outcome.kind === 'committed' || outcome.kind === 'unchanged'
      ? `${beside}a new one is begun with the people shown here`
      : 'a new one is begun when a run succeeds';
  output.event('warning', `uid ledger: ${text}; ${done}`, `ledger-${kind}`, { fault: text });
  output.hint('who left before is no longer remembered: look whose files a new account finds before you give an old uid to somebody');
}

function reportStale(output: Output, source: string, { since, denied }: NonNullable<SourceReport['stale']>): void {
  const text = `source "${source}": silent since ${since.toISOString()}, longer than staleness.deny_after: ${people(denied)} of it denied, only access.always keeps keys`;
  output.event('warning', text, 'source-stale', { source, since: since.toISOString(), denied });
}

const NO_FINDINGS: FindingNews = { news: [], known: [], resolved: [] };

/** What the last run has not said, or not so, in full; the rest is counted. */
function reportFindings(output: Output, { rejections, findings, outcome }: SyncReport): void {
  const { news, known, resolved } = findings ?? NO_FINDINGS;
  for (const { code, verdict, count: number } of news) {
    const example = rejections.find((rejection) => rejection.code === code && rejection.verdict === verdict);
    const text = `${verdict} ${records(number)} (${code}), such as ${example?.map} "${example?.key}": ${example?.reason}`;
    output.event('warning', text, verdict, { code, count: number, map: example?.map, example: example?.key, reason: example?.reason });
    if (code === 'uid-reused' || code === 'uid-changed') output.hint('when the uid is meant: holdfast approve uid --list');
    if (code === 'name-reused') output.hint('when this person is meant by the name: holdfast approve uid --list');
  }
  output.explains(news.map(({ code }) => code));
  for (const { code, verdict, count: number } of resolved) {
    output.event('info', `no longer ${verdict}: ${records(number)} (${code})`, 'resolved', { verdict, code, count: number });
  }
  reportKnown(output, known, outcome);
}

function reportKnown(output: Output, known: readonly FindingCount[], { kind }: SyncOutcome): void {
  // A run that changed nothing says one line to the journal, and that one is below.
  if (known.length === 0 || (output.isJournal && kind === 'unchanged')) return;
  const sum = (verdict: FindingCount['verdict']): number =>
    known.filter((finding) => finding.verdict === verdict).reduce((total, finding) => total + finding.count, 0);
  const [quarantined, adjusted] = [sum('quarantined'), sum('adjusted')];
  const counts = [
    ...(quarantined === 0 ? [] : [`${records(quarantined)} quarantined`]),
    ...(adjusted === 0 ? [] : [`${records(adjusted)} adjusted`]),
  ];
  output.event('info', `as in the last run: ${counts.join(', ')}; holdfast quarantine lists them`, 'known', { quarantined, adjusted });
}

function records(number: number): string {
  return count(number, 'record', 'records');
}

/** Names in [access] that lead nowhere: who reads a diff may have just written them. */
export function reportAccess(output: Output, findings: readonly Rejection[]): void {
  for (const { map, key, code, reason } of findings) output.event('warning', `${map} "${key}": ${reason}`, code, { map, key, reason });
}

function renderOutcome(output: Output, outcome: SyncOutcome): void {
  switch (outcome.kind) {
    case 'committed':
      return renderCommitted(output, outcome.manifest, outcome.plan, outcome.repaired);
    case 'unchanged': {
      const { generation, counts } = outcome.manifest;
      const text = `nothing to do: generation ${generation} already shows all this (${people(counts.passwd)}, ${groups(counts.group)})`;
      return output.event('info', text, 'unchanged', { generation, people: counts.passwd, groups: counts.group });
    }
    case 'held':
      return renderHeld(output, outcome);
    case 'pinned':
      return renderPinned(output, outcome);
    case 'kept':
      return renderKept(output, outcome);
  }
}

function renderCommitted(output: Output, { generation, counts, why }: Manifest, plan: Plan, repaired: string | undefined): void {
  if (repaired !== undefined)
    output.event('warning', `the caches were damaged and are rebuilt: ${repaired}`, 'repaired', { fault: repaired });
  const shown = `${people(counts.passwd)}, ${groups(counts.group)}, keys for ${count(counts.keys, 'login', 'logins')}`;
  const text = `generation ${generation} serves: ${shown} (passwd ${summary(plan.passwd)}, group ${summary(plan.group)}, keys ${summary(plan.keys)})`;
  output.event('info', text, 'committed', {
    generation,
    why,
    people: counts.passwd,
    groups: counts.group,
    logins_with_keys: counts.keys,
    passwd: summary(plan.passwd),
    group: summary(plan.group),
    keys: summary(plan.keys),
  });
}

/** Of exactly what was shown: the timer may run, and find more, before it is typed. */
export function approvalLine(digest: string): string {
  return `holdfast sync --approve-removals=${digest.slice(0, 12)}`;
}

function renderHeld(output: Output, outcome: SyncOutcome & { readonly kind: 'held' }): void {
  const { findings, since, digest, approvalRefused, reduced, isFirst } = outcome;
  for (const { guard, text, names } of findings) {
    const which = names.length === 0 ? '' : `: ${some(names, 10)}`;
    output.event('error', `held: ${text}${which}`, 'held', { guard, text, names: some(names, 10), since: since.toISOString() });
  }
  if (approvalRefused) {
    output.event(
      'error',
      'these are not the removals that were held before, so the approval does not count for them',
      'approval-refused',
      {},
    );
  }
  if (reduced === undefined) {
    output.hint(isFirst ? FIRST_HELD : 'the last generation goes on serving; see who would go: holdfast diff');
  } else {
    renderReduced(output, reduced, 'the last good directory');
    output.hint('see who would go: holdfast diff');
  }
  output.hint(`when it is meant: ${approvalLine(digest)}`);
  output.explains(findings.map(({ guard }) => guard));
}

function renderKept(output: Output, { reduced }: SyncOutcome & { readonly kind: 'kept' }): void {
  if (reduced === undefined) return output.event('warning', 'caches kept as they are', 'kept', {});
  renderReduced(output, reduced, 'what served before');
}

function renderPinned(output: Output, { plan, reduced }: SyncOutcome & { readonly kind: 'pinned' }): void {
  if (reduced !== undefined) renderReduced(output, reduced, 'what the host is pinned to');
  const changes = { passwd: summary(plan.passwd), group: summary(plan.group), keys: summary(plan.keys) };
  const text = `pinned: nothing of the directory is committed; it waits: passwd ${changes.passwd}, group ${changes.group}, keys ${changes.keys}`;
  output.event('info', text, 'pinned-run', changes);
}

const FIRST_HELD = 'nothing serves yet, so local accounts are all there is; see what would appear: holdfast diff';

/** What is held holds up no refusal: the operator hears of both. */
function renderReduced(output: Output, { manifest: { generation, why }, plan: { keys } }: Reduced, what: string): void {
  const names = [...keys.removed, ...keys.changed].map(({ key }) => key);
  const withheld = names.length === 0 ? '' : `; keys were withheld or changed of ${some(names, 10)}`;
  const text = `meanwhile generation ${generation} serves ${what}, less who is refused (keys ${summary(keys)})${withheld}`;
  output.event('warning', text, 'reduced', { generation, why, keys: summary(keys), names: some(names, 10) });
}

function summary({ added, removed, changed }: MapPlan<unknown>): string {
  return `+${added.length} -${removed.length} ~${changed.length}`;
}

export function syncJson(report: SyncReport): unknown {
  return {
    outcome: report.outcome.kind,
    exitStatus: syncStatus(report),
    ...outcomeJson(report.outcome),
    sources: sourcesJson(report.sources),
    ...hostAccessJson(report.hostAccess),
    approvalUnused: report.approvalUnused,
    ...(report.ledgerFault === undefined ? {} : { ledgerFault: report.ledgerFault }),
    ...(report.audit === undefined ? {} : { audit: auditJson(report.audit) }),
    findings: findingsJson(report),
    ...(report.hooks === undefined ? {} : { hooks: report.hooks.hooks.map(({ name, end, output }) => ({ name, end, output })) }),
    warnings: [...report.warnings, ...(report.hooks === undefined ? [] : warningsOfHooks(report.hooks))],
    rejections: report.rejections,
  };
}

function findingsJson({ findings, outcome }: SyncReport): unknown {
  // Nothing was judged.
  if (outcome.kind === 'kept') return [];
  const { news, known, resolved } = findings ?? NO_FINDINGS;
  const shown = ({ code, verdict, count: number }: FindingCount): object => ({ code, verdict, count: number });
  return [
    ...news.map((finding) => ({ ...shown(finding), isNew: true })),
    ...known.map((finding) => ({ ...shown(finding), isNew: false })),
    ...resolved.map((finding) => ({ ...shown(finding), count: 0, isNew: true })),
  ];
}

export function sourcesJson(sources: readonly SourceReport[]): unknown {
  return sources.map(({ name, fresh, users, groups: groupCount, failure, stale }) => ({
    name,
    fresh,
    users,
    groups: groupCount,
    ...(failure === undefined ? {} : { error: errorJson(failure) }),
    ...(stale === undefined ? {} : { stale: { since: stale.since.toISOString(), denied: stale.denied } }),
  }));
}

function outcomeJson(outcome: SyncOutcome): object {
  switch (outcome.kind) {
    case 'committed':
      return {
        generation: outcome.manifest.generation,
        why: outcome.manifest.why,
        counts: outcome.manifest.counts,
        plan: planSummary(outcome.plan),
        ...(outcome.repaired === undefined ? {} : { repaired: outcome.repaired }),
      };
    case 'unchanged':
      return { generation: outcome.manifest.generation, counts: outcome.manifest.counts };
    case 'held':
      return {
        since: outcome.since.toISOString(),
        approvalRefused: outcome.approvalRefused,
        held: outcome.findings,
        plan: planSummary(outcome.plan),
        ...reducedJson(outcome.reduced),
      };
    case 'pinned':
      return { plan: planSummary(outcome.plan), ...reducedJson(outcome.reduced) };
    case 'kept':
      return reducedJson(outcome.reduced);
  }
}

function reducedJson(reduced: Reduced | undefined): object {
  return reduced === undefined ? {} : { reduced: { generation: reduced.manifest.generation, plan: planSummary(reduced.plan) } };
}

function planSummary({ passwd, group, shadow, keys }: Plan): object {
  const numbers = ({ before, after, added, removed, changed }: MapPlan<unknown>): object => ({
    before,
    after,
    added: added.length,
    removed: removed.length,
    changed: changed.length,
  });
  return { passwd: numbers(passwd), group: numbers(group), shadow: numbers(shadow), keys: numbers(keys) };
}
