/**
 * `holdfast status` as text: the verdict, what is wrong, and then what serves and how old it is.
 */
import { formatDay } from '../directory/day.ts';
import { listGroups, timeOf } from '../sync/host-access/phrases.ts';
import { age, count, groups, people } from '../sync/phrases.ts';
import type { SourceStatus } from '../sync/status/source-status.ts';
import type { Status } from '../sync/status/status.ts';
import { colour, type Colour, type Screen, wrapped } from './screen.ts';

/** @param screen undefined where nobody looks on: a line for each thing then, however long, since monitoring looks for them */
export function renderStatus(status: Status, screen: Screen | undefined): string {
  const { problems } = status;
  const found = problems.flatMap(({ text, hint }): Line[] => [[`problem: ${text}`, 'red'], [`   hint: ${hint}`]]);
  const held = columns(describeHeld(status)).map((line): Line => [line, 'yellow']);
  const blocks: Line[][] = [
    [[verdictOf(status), verdictColour(status)]],
    held,
    found,
    columns(detailsOf(status)).map((line): Line => [line]),
  ];
  const shown = blocks.filter((block) => block.length > 0);
  return shown.map((block) => block.map((line) => renderLine(line, screen)).join('')).join('\n');
}

type Line = readonly [text: string, colour?: Colour];

function renderLine([text, shade]: Line, screen: Screen | undefined): string {
  return wrapped(text, screen)
    .map((line) => `${shade === undefined ? line : colour(shade, line, screen)}\n`)
    .join('');
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([label]) => label.length));
  return rows.map(([label, text]) => `${label.padEnd(width)}  ${text}`);
}

/** Whether people get in is what everybody asks first. */
function verdictOf(status: Status): string {
  const { problems, pin, held } = status;
  if (problems.length === 0) return 'all is well';
  const pinned = pin === undefined ? '' : 'PINNED: ';
  const who = letsPeopleIn(status) ? 'people can log in' : 'NOBODY of the directory can log in';
  return `${pinned}${held === undefined ? '' : 'HELD: '}${who}; ${count(problems.length, 'problem', 'problems')}`;
}

function verdictColour(status: Status): Colour {
  if (status.problems.length === 0) return 'green';
  return letsPeopleIn(status) ? 'yellow' : 'red';
}

function letsPeopleIn({ manifest }: Status): boolean {
  return manifest !== undefined && manifest.counts.keys > 0;
}

function detailsOf(status: Status): [string, string][] {
  return [
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
