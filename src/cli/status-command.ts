/**
 * `holdfast status`: one screen for a tired reader.
 */
import { formatDay } from '../directory/day.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import type { SourceStatus } from '../sync/status/source-status.ts';
import { readStatus, type Status } from '../sync/status/status.ts';
import { openStatusHost } from '../sync/status/host.ts';
import { VERSION } from '../version.ts';
import { problemsJson } from './failure-json.ts';
import { hostAccessJson } from './host-access-text.ts';
import { type GlobalOptions, invocationOf, type JsonOption, outputOf } from './invocation.ts';
import { listGroups, timeOf } from '../sync/host-access/phrases.ts';
import { age, count, groups, people } from '../sync/phrases.ts';

export function runStatus(options: GlobalOptions & JsonOption): ExitStatus {
  const output = outputOf(options);
  const status = readStatus(openStatusHost(invocationOf(options)));
  if (output.json) output.resultJson(statusJson(status));
  else output.result(renderStatus(status));
  output.explains(status.problems.map(({ code }) => code));
  if (status.configurationFault !== undefined) return exitStatus.configuration;
  return status.problems.length === 0 ? exitStatus.ok : exitStatus.no;
}

function renderStatus(status: Status): string {
  const rows: [string, string][] = [
    ...describeHeld(status),
    ['generation', describeGeneration(status)],
    ...(status.manifest === undefined ? [] : [['shows', describeCounts(status.manifest.counts)] as [string, string]]),
    ...status.sources.map((source): [string, string] => [`source ${source.name}`, describeSource(source)]),
    ...describeHostAccess(status),
    ['quarantined', describeFindings(status, 'quarantined')],
    ['adjusted', describeFindings(status, 'adjusted')],
    ['last run', describeLastRun(status)],
    ...(status.held === undefined ? [['held', 'nothing'] as [string, string]] : []),
    ...(status.secretsCopy === undefined ? [] : [['secrets', describeSecretsCopy(status)] as [string, string]]),
    ...(status.ledgerRebuilt === undefined ? [] : [['uid ledger', describeRebuilt(status.ledgerRebuilt)] as [string, string]]),
    ...(status.emergency === undefined ? [] : [['emergency', describeEmergency(status.emergency)] as [string, string]]),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, text]) => `${label.padEnd(width)}  ${text}`);
  // One line each, however long: monitoring looks for them.
  const problems = status.problems.flatMap(({ text, hint }) => [`problem: ${text}`, `   hint: ${hint}`]);
  return `${[...lines, '', ...(problems.length === 0 ? ['all is well'] : problems)].join('\n')}\n`;
}

/** The first thing to know, and to be decided: how many, and the commands. What and why is among the problems. */
function describeHeld({ held, heldSummary }: Status): [string, string][] {
  if (held === undefined || heldSummary === undefined) return [];
  const { people: persons, groups: groupCount, ageSeconds, hint } = heldSummary;
  const concerned = [...(persons === 0 ? [] : [people(persons)]), ...(groupCount === 0 ? [] : [groups(groupCount)])];
  const whose = concerned.length === 0 ? '' : ` of ${concerned.join(' and ')}`;
  return [
    ['HELD', `by a guard for ${age(ageSeconds)} (since ${timeOf(held.since)}): removals${whose}`],
    ['', hint],
  ];
}

function describeGeneration({ manifest, generationAgeSeconds = 0 }: Status): string {
  return manifest === undefined ? 'none' : `${manifest.generation}, committed ${age(generationAgeSeconds)} ago (${manifest.why})`;
}

function describeCounts({ passwd, group, keys, keyLines }: NonNullable<Status['manifest']>['counts']): string {
  return `${people(passwd)}, ${groups(group)}; ${count(keyLines, 'key', 'keys')} for ${count(keys, 'login', 'logins')}`;
}

function describeSource({ ageSeconds, users, groups: groupCount, error, denied, serves }: SourceStatus): string {
  const last = ageSeconds === undefined ? 'never complete on this host' : `complete ${age(ageSeconds)} ago`;
  const failed = error === undefined ? '' : '; failed in the last run';
  const stale = denied === undefined ? '' : `; stale: ${people(denied)} denied`;
  // Of a source that failed, the last run counted what serves, and not what it gave last.
  const counts = users === undefined || groupCount === undefined ? '' : `: ${people(users)}, ${groups(groupCount)}`;
  if (serves === undefined) return `${last}${counts}${failed}${stale}`;
  const answer = `${last}${error === undefined ? counts : ''}, which is held${failed}`;
  return `${answer}; what serves is of before: ${people(serves.users)}, ${groups(serves.groups)}${stale}`;
}

function describeHostAccess({ hostAccess: { groups: readings, map } }: Status): [string, string][] {
  const rows = readings.map(({ reference, groups: names, since }): [string, string] => {
    const known = names === undefined ? 'never known' : listGroups(names);
    return ['access groups', `${known} (${reference}${since === undefined ? '' : `, since ${timeOf(since)}`})`];
  });
  return map === undefined ? rows : [...rows, ['access map', describeMap(map)]];
}

function describeMap({ reference, entries, serial, since }: NonNullable<Status['hostAccess']['map']>): string {
  if (entries === undefined) return `never known (${reference})`;
  const parts = [
    reference,
    ...(serial === undefined ? [] : [`serial ${serial}`]),
    ...(since === undefined ? [] : [`since ${timeOf(since)}`]),
  ];
  return `${count(entries.size, 'access group', 'access groups')} (${parts.join(', ')})`;
}

function describeFindings({ lastRun }: Status, verdict: 'quarantined' | 'adjusted'): string {
  const findings = lastRun?.findings.filter((finding) => finding.verdict === verdict) ?? [];
  if (findings.length === 0) return 'nothing';
  const total = findings.reduce((sum, finding) => sum + finding.count, 0);
  return `${total} (${findings.map((finding) => `${finding.code} ${finding.count}`).join(', ')}): holdfast quarantine`;
}

function describeLastRun({ lastRun, lastRunAgeSeconds = 0 }: Status): string {
  if (lastRun === undefined) return 'never';
  return `${age(lastRunAgeSeconds)} ago: ${lastRun.outcome}, status ${lastRun.exitStatus}`;
}

function describeSecretsCopy({ secretsCopy, secretsCopyAgeSeconds = 0 }: Status): string {
  const { whyPlain } = secretsCopy ?? {};
  const how = whyPlain === undefined ? "encrypted with systemd's host key" : `not encrypted, readable by root (${whyPlain})`;
  return `copy of ${age(secretsCopyAgeSeconds)} ago, ${how}`;
}

function describeRebuilt({ day, fault }: NonNullable<Status['ledgerRebuilt']>): string {
  return `begun anew on ${formatDay(day)} (${fault}); who left before that day is not remembered`;
}

function describeEmergency({ keys, users, lastRun, held, refused }: NonNullable<Status['emergency']>): string {
  const ages = (lastRun?.objects ?? []).map(({ object, lastSuccess, lastSuccessAgeSeconds = 0 }) =>
    lastSuccess === undefined ? `${object} never read` : `${object} read ${age(lastSuccessAgeSeconds)} ago`,
  );
  const withheld = refused.length === 0 ? [] : [`${count(refused.length, 'line', 'lines')} withheld`];
  const holds = held.map(({ text }) => `held: ${text}`);
  return [`${count(keys.length, 'key', 'keys')} for ${users.join(', ')}`, ...withheld, ...ages, ...holds].join('; ');
}

function emergencyJson(status: Status['emergency']): unknown {
  if (status === undefined) return undefined;
  const { keys, held, problems: _problems, refused: withheld, ...others } = status;
  return {
    ...others,
    keys: keys.map(({ line: _line, ...key }) => key),
    withheld,
    held: held.map(({ digest: _digest, ...one }) => one),
  };
}

function statusJson(status: Status): unknown {
  const {
    manifest,
    generationAgeSeconds,
    lastRun,
    sources,
    hostAccess,
    held,
    heldSummary,
    secretsCopy,
    ledgerRebuilt,
    emergency,
    configurationFault,
    problems,
  } = status;
  return {
    holdfast: VERSION,
    ok: problems.length === 0,
    generation: manifest && {
      number: manifest.generation,
      createdAt: manifest.createdAt,
      ageSeconds: generationAgeSeconds,
      why: manifest.why,
      counts: manifest.counts,
    },
    sources,
    ...hostAccessJson(hostAccess),
    quarantined: findingsJson(lastRun, 'quarantined'),
    adjusted: findingsJson(lastRun, 'adjusted'),
    lastRun,
    held: held && { ...held, ...heldSummary },
    emergency: emergencyJson(emergency),
    configuration: configurationFault === undefined ? { ok: true } : { ok: false, ...problemsJson(configurationFault) },
    secretsCopy,
    uidLedgerBegunAnew: ledgerRebuilt && { day: formatDay(ledgerRebuilt.day), fault: ledgerRebuilt.fault },
    problems,
  };
}

function findingsJson(lastRun: Status['lastRun'], verdict: 'quarantined' | 'adjusted'): Record<string, number> {
  const findings = lastRun?.findings.filter((finding) => finding.verdict === verdict) ?? [];
  return Object.fromEntries(findings.map(({ code, count: number }) => [code, number]));
}
