/**
 * What `status` finds wrong, each with the command that shows more or mends it.
 */
import { existsSync } from 'node:fs';
import type { Manifest } from '../../caches/manifest.ts';
import { formatDuration } from '../../config/duration.ts';
import type { Config } from '../../config/schema.ts';
import type { HoldfastError } from '../../errors.ts';
import { exitStatus } from '../../exit-status.ts';
import type { ContestedUid } from '../../state/contested-uids.ts';
import { type HeldRemovals, isHeldRemovalsDamaged } from '../../state/held-removals.ts';
import type { RunRecord } from '../../state/run-record.ts';
import { certificateWarnings } from '../secrets/certificate-expiry.ts';
import { age, people, secondsSince, some } from '../phrases.ts';
import { silentSince } from './staleness.ts';
import type { SourceStatus } from './source-status.ts';
import type { StatusProblem } from './problem.ts';

/** The first in full; the command shows them all. */
export function checkConfiguration(fault: HoldfastError | undefined): StatusProblem[] {
  if (fault === undefined) return [];
  const [first = '', ...others] = fault.message.split('\n');
  const more = others.length === 0 ? '' : `; and ${others.length} more`;
  return [
    {
      code: 'configuration-wrong',
      text: `the configuration is wrong, so that no run can start: ${first}${more}`,
      hint: 'holdfast config check; until it is mended, what serves stays as it is',
    },
  ];
}

export function checkManifest(manifest: Manifest | string | undefined): StatusProblem[] {
  if (typeof manifest === 'object' && manifest.counts.passwd > 0 && manifest.counts.keys === 0) {
    return [
      {
        code: 'nobody-has-keys',
        text: 'nobody of the directory can log in here: no login has keys',
        hint: 'holdfast why USER, for somebody who should',
      },
    ];
  }
  if (manifest === undefined) {
    return [
      { code: 'never-committed', text: 'nothing was ever committed here: nobody of the directory can log in', hint: 'holdfast sync' },
    ];
  }
  if (typeof manifest === 'string')
    return [{ code: 'caches-damaged', text: `the current generation is damaged: ${manifest}`, hint: 'holdfast sync' }];
  return [];
}

/** By exit status, where the failure itself had no hint. */
const MENDING: Readonly<Record<number, string>> = {
  [exitStatus.dataRefused]: 'mend what is named above, at its source',
  [exitStatus.cacheFailure]: 'look for space and permissions: df -h, ls -ld /var/lib/holdfast',
  [exitStatus.tryLater]: 'look whether this host reaches what is named above; the next run tries again by itself',
  [exitStatus.refused]: "look at this host's certificate, bind or role: it was refused",
  [exitStatus.configuration]: 'mend the key of the configuration that is named above: holdfast config check',
};

export function checkLastRun(lastRun: RunRecord | undefined): StatusProblem[] {
  if (lastRun === undefined) return [];
  if (lastRun.outcome === 'held' || lastRun.exitStatus === 0) return [];
  const message = lastRun.message === undefined ? '' : `: ${lastRun.message}`;
  const mend = lastRun.hint ?? MENDING[lastRun.exitStatus] ?? 'journalctl -u holdfast';
  return [
    {
      code: 'last-run-failed',
      text: `the last run failed with status ${lastRun.exitStatus}${message}`,
      hint: `${mend}; then holdfast sync`,
    },
  ];
}

export function checkAudit(lastRun: RunRecord | undefined): StatusProblem[] {
  if (lastRun?.audit === undefined) return [];
  return [
    { code: 'audit-incomplete', text: `the audit is not complete: ${lastRun.audit}`, hint: 'put it right: the next run writes what waits' },
  ];
}

/** @param staleness undefined where the configuration is wrong */
export function checkAge(source: SourceStatus, staleness: Config['staleness'] | undefined, now: Date): StatusProblem[] {
  const { name, ageSeconds, denied } = source;
  const { warn_after: warnAfter, deny_after: denyAfter } = staleness ?? { warn_after: 0, deny_after: 0 };
  if (denied !== undefined) return [describeDenial(source, denied, denyAfter, now)];
  if (warnAfter === 0) return [];
  if (ageSeconds === undefined)
    return [{ code: 'source-never-complete', text: `source "${name}" has never given a complete directory`, hint: 'holdfast sync' }];
  if (ageSeconds * 1000 <= warnAfter) return [];
  return [
    {
      code: 'source-old',
      text: `source "${name}" last gave everything ${age(ageSeconds)} ago, more than warn_after = "${formatDuration(warnAfter)}"`,
      hint: 'systemctl status holdfast.timer holdfast.service',
    },
  ];
}

/** As the last run found it: a configuration that was changed since acts at the next. */
function describeDenial(source: SourceStatus, denied: number, denyAfter: number, now: Date): StatusProblem {
  const since = silentSince(source, now) ?? now;
  const silent = `has not given everything for ${age(secondsSince(since.toISOString(), now))} (since ${since.toISOString()})`;
  const limit = denyAfter === 0 ? 'deny_after' : `deny_after = "${formatDuration(denyAfter)}"`;
  return {
    code: 'source-stale',
    text: `source "${source.name}" ${silent}, more than ${limit}: ${people(denied)} of it denied, only access.always keeps keys`,
    hint: 'make the source answer: all is as before with the next run; see systemctl status holdfast.service',
  };
}

/** As the last run read them. */
export function checkCertificates(sources: readonly SourceStatus[], now: Date): StatusProblem[] {
  const read = sources.map(({ name, certificates = [] }) => ({
    name,
    certificates: certificates.map(({ end, ...certificate }) => ({ ...certificate, end: new Date(end) })),
  }));
  return certificateWarnings(read, now).map(({ text, hint }) => ({ code: 'certificate-expires', text, hint }));
}

export interface HeldCircumstances {
  readonly lastRun: RunRecord | undefined;
  /** Of the configuration: milliseconds since the epoch. */
  readonly changed: number | undefined;
  readonly now: Date;
}

/** A directory that lost a crowd lost members of every group. */
const FINDINGS_SHOWN = 3;

export function checkHeld(held: HeldRemovals | undefined, { lastRun, changed, now }: HeldCircumstances): StatusProblem[] {
  if (held === undefined) return [];
  const left = held.findings.length - FINDINGS_SHOWN;
  const texts = [
    ...held.findings.slice(0, FINDINGS_SHOWN).map(describeFinding),
    ...(left > 0 ? [`and ${left} more of the kind`] : []),
  ].join('; ');
  const text = `removals have been held for ${age(secondsSince(held.since, now))}: ${texts}`;
  if (changed !== undefined && lastRun !== undefined && changed > Date.parse(lastRun.finishedAt)) {
    const since = `${age(secondsSince(new Date(changed).toISOString(), now))} ago, after the last run`;
    return [
      {
        code: 'removals-held',
        text: `${text}. The configuration was changed ${since}: the next run decides anew`,
        hint: 'holdfast diff, then holdfast sync',
      },
    ];
  }
  if (lastRun?.sources.some(({ error }) => error !== undefined) === true) {
    return [
      {
        code: 'removals-held',
        text: `${text}. Not every source answers, so that they cannot be approved now`,
        hint: 'make every source answer, then holdfast diff',
      },
    ];
  }
  return [
    { code: 'removals-held', text, hint: 'holdfast diff, which shows them all, and when it is meant: holdfast sync --approve-removals' },
  ];
}

export function checkHeldRecord(path: string): StatusProblem[] {
  if (!isHeldRemovalsDamaged(path)) return [];
  const text = 'the record of held removals is damaged: while a source does not answer, nobody gets keys back';
  return [{ code: 'held-record-damaged', text, hint: 'holdfast sync, which makes it anew when every source answers' }];
}

/** Until the next run: as long as that has not begun a new one, the old one can be put back. */
export function checkLedger(path: string, manifest: Manifest | string | undefined): StatusProblem[] {
  if (manifest === undefined || existsSync(path)) return [];
  return [
    {
      code: 'ledger-missing',
      text: `the uid ledger ${path} is missing, though generations were committed here: who held which uid and left is not known`,
      hint: 'put it back from a backup before the next run, which begins a new one',
    },
  ];
}

/** The first in full; the command shows them all. */
export function checkContested(contested: readonly ContestedUid[]): StatusProblem[] {
  const waiting = contested.filter(({ approved }) => approved === undefined);
  const [first, ...others] = waiting;
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `; and ${others.length} more`;
  return [
    {
      code: 'uid-waits',
      text: `"${first.login}" does not resolve: ${first.reason}${more}`,
      hint: 'holdfast approve uid --list, and when it is meant: holdfast approve uid LOGIN',
    },
  ];
}

/** With the first few of those concerned. */
function describeFinding({ text, names }: HeldRemovals['findings'][number]): string {
  return names.length === 0 ? text : `${text}: ${some(names, 10)}`;
}
