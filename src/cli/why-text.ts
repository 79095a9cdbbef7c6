/**
 * `holdfast why USER` for a tired reader: the answer, then the path that leads to it.
 */
import { printable, quote, type Rejection, type Verdict } from '../directory/rejection.ts';
import { listGroups } from '../sync/host-access/phrases.ts';
import type { EntryReport } from '../sync/login-facts.ts';
import type { LocalAccount } from '../host/local-accounts.ts';
import type { ContestedReport, HoldingReport, Mentions } from '../sync/audit/login-traces.ts';
import { age, count, people, some } from '../sync/phrases.ts';
import type { LoginReport } from '../sync/why/why.ts';
import type { UidReport } from '../sync/why/uid.ts';
import { describeGrant } from '../sync/why/answer.ts';
import type { AccessReport, SharerReport, UnknownGroup } from '../sync/why/access.ts';
import { renderRows, type Row, wrap } from './rows.ts';
import { showPath, describeHeld, describeSources, showName } from './why-phrases.ts';
import { keyRows } from './why-keys-text.ts';

const SCREEN_WIDTH = 100;

export function renderWhy(report: LoginReport): string {
  return render(describeAnswer(report), rowsOf(report));
}

export function renderWhyUid({ uid, owner, sources }: UidReport): string {
  if (owner === undefined) {
    const answer = `uid ${uid} is nobody's: neither this host nor the directory has it, and the uid ledger remembers nobody with it`;
    return render(answer, [['looked in', describeSources(sources)]]);
  }
  const { relation, report } = owner;
  const name = showName(report.login);
  const whose = { has: `is that of ${name}`, had: `was that of ${name}`, wants: `is wanted by ${name}` }[relation];
  return render(`uid ${uid} ${whose}: ${describeAnswer(report)}`, rowsOf(report));
}

function render(answer: string, rows: readonly Row[]): string {
  return `${wrap(answer, SCREEN_WIDTH).join('\n')}\n\n${renderRows(rows)}`;
}

function describeAnswer({ login, canLogIn, because, localUid }: LoginReport): string {
  // A local account has other ways in, which are none of holdfast's business.
  const how = localUid === undefined || canLogIn ? '' : ' by a key of the directory';
  return `${showName(login)} ${canLogIn ? 'can' : 'cannot'} log in here${how}: ${because}`;
}

function rowsOf(report: LoginReport): Row[] {
  const { login, entry, local, access, sharers, sharedAccounts, differences, held, similar, mentions, isGroup } = report;
  return [
    ['local', local === undefined ? [] : [describeLocal(local)]],
    ['entry', entry === undefined ? [] : describeEntry(entry, report)],
    ['looked in', entry === undefined && sharers === undefined ? describeSources(report.sources) : []],
    ['quarantined', ownFindings(report, 'quarantined').flatMap(describeFinding)],
    ['decide', report.contested.flatMap(describeContested)],
    ['similar', similar.length === 0 ? [] : [similar.join(', ')]],
    ['see', isGroup ? [`holdfast why --group ${login}`] : []],
    ['listed by', mentions === undefined ? [] : [describeMentions(mentions)]],
    ['name, uid', entry === undefined ? [] : describeClaim(entry, report)],
    ['ledger', report.holdings.flatMap(describeHolding)],
    ['shown', describeShown(report)],
    ['access', access === undefined || local !== undefined ? [] : describeAccess(login, access)],
    ['shared by', sharers === undefined ? [] : describeSharers(sharers)],
    ['keys', keyRows(report)],
    ['shared', sharedAccounts.length === 0 ? [] : [`the same keys open ${sharedAccounts.join(', ')} (access.accounts)`]],
    ['serves', [describeServed(report)]],
    ['PAM', describePam(report)],
    ['next sync', differences],
    ['held', held === undefined ? [] : describeHeld(held)],
  ];
}

function describeLocal({ uid, gid, home, shell }: LocalAccount): string {
  return `uid ${uid}, gid ${gid}, home ${printable(home)}, shell ${shell === '' ? '/bin/sh' : printable(shell)}, in /etc/passwd`;
}

/** What a person can do about a uid that is contested. */
function describeContested({ uid, since, approved, approve }: ContestedReport): string[] {
  if (approved !== undefined)
    return [`uid ${uid} was approved on ${approved.slice(0, 10)}, which takes effect with the next run: holdfast sync`];
  return [`uid ${uid} waits for an approval since ${since.slice(0, 10)}`, `when it is meant: ${approve}`];
}

function describeMentions({ count: number, groups }: Mentions): string {
  const more = number - groups.length;
  return `${groups.join(', ')}${more > 0 ? ` and ${more} more` : ''}: as a member, though there is no such entry`;
}

/** `uid 10000, "alice", first seen 2026-08-01, gone since 2026-11-23`, and of those who are gone which entry it was. */
function describeHolding({ uid, name, firstSeen, goneSince, calledNow, source, id }: HoldingReport): string[] {
  const held = `uid ${uid}, ${quote(name)}, first seen ${firstSeen}`;
  if (goneSince === undefined) return [held];
  if (calledNow !== undefined) return [`${held}, until ${goneSince}: called ${quote(calledNow)} since`];
  return [`${held}, gone since ${goneSince}`, ...(source === undefined ? [] : [`  source ${source}, id ${id}`])];
}

function describeEntry({ source, dn, id }: EntryReport, { sources }: LoginReport): string[] {
  const from = sources.find(({ name }) => name === source);
  return [dn, `source ${source}, complete ${age(from?.ageSeconds ?? 0)} ago; id ${id === dn ? 'not given, so the DN' : id}`];
}

/** `name-local: "root" is a local account of this host`, and where that entry is. */
function describeFinding({ code, reason, dn, source }: Rejection): string[] {
  return [`${code}: ${reason}`, ...(dn === undefined ? [] : [`  ${dn} (source ${source})`])];
}

/** Who has the name and the number, and who else wanted them. */
function describeClaim({ name, uid, dn }: EntryReport, { rivals, findings }: LoginReport): string[] {
  const namesakes = findings.filter((finding) => finding.dn !== undefined && finding.dn !== dn);
  const others = [
    ...rivals
      .filter((rival) => rival.name !== name)
      .map((rival) => `  refused: ${rival.name}, uid ${rival.uid}: ${rival.dn} (source ${rival.source})`),
    ...namesakes.map((finding) => `  refused: ${finding.code}: ${finding.dn} (source ${finding.source})`),
  ];
  return [others.length === 0 ? `"${name}" and uid ${uid} are nobody else's` : `"${name}" and uid ${uid} are this entry's:`, ...others];
}

/** Not those of another entry that wants the name. */
function ownFindings({ entry, findings }: LoginReport, verdict: Verdict): Rejection[] {
  return findings.filter(
    (finding) => finding.verdict === verdict && (entry === undefined || finding.dn === undefined || finding.dn === entry.dn),
  );
}

function describeShown(report: LoginReport): string[] {
  const { shown, entry } = report;
  const adjusted = ownFindings(report, 'adjusted').flatMap(describeFinding);
  if (shown === undefined) return entry === undefined ? [] : ['not at all: neither getent nor ls -l know the name', ...adjusted];
  const { uid, gid, home, shell } = shown;
  const group = entry?.primaryGroup === undefined ? '' : ` (${entry.primaryGroup})`;
  return [`uid ${uid}, gid ${gid}${group}, home ${home}, shell ${shell}`, ...adjusted];
}

function describeAccess(login: string, { decision, path, grant, hostGroups = [], overruled, admitting, unknown }: AccessReport): string[] {
  const wins = overruled === undefined ? [] : [`deny wins: without it, ${describeGrant(overruled)}`];
  if (path !== undefined) return [`${decision.rule}: ${showPath(path, login)}`, ...describeHostGrant(grant), ...wins];
  if (grant !== undefined) return [`${decision.rule}: ${login}`, ...describeHostGrant(grant)];
  if (decision.rule === 'everyone') return ['everyone: access.everyone is set'];
  if (decision.rule === 'deny' && decision.formerly !== undefined) {
    return [`deny: named in [access] as ${decision.formerly}, which this entry was called before (uid ledger)`, ...wins];
  }
  if (decision.rule !== 'none') return [`${decision.rule}: named in [access]`, ...wins];
  return [
    ...hostGroups.map(({ reference, groups }) => `access groups of this host: ${listGroups(groups)} (${reference})`),
    `no rule lets this login in; the groups that may: ${admitting.length === 0 ? 'none' : admitting.join(', ')}`,
    ...unknown.map(describeUnknown),
  ];
}

function describeUnknown({ group, rules, similar }: UnknownGroup): string {
  const meant = similar === undefined ? '' : `; did you mean "${similar}"?`;
  return `${group} is not in the directory, though ${rules.join(' and ')} ${rules.length === 1 ? 'names' : 'name'} it${meant}`;
}

/** From what is written of this host to the rule above. */
function describeHostGrant(grant: AccessReport['grant']): string[] {
  if (grant === undefined) return [];
  const { accessGroup, reference, people: { users, groups } = { users: [], groups: [] } } = grant;
  const meant = [...groups, ...users];
  const means = meant.length === 1 && meant[0] === accessGroup ? '' : `, which the map gives to ${some(meant, 5)}`;
  return [`by access group ${accessGroup} of this host (${reference})${means}`];
}

function describeSharers(sharers: readonly SharerReport[]): string[] {
  const lines = sharers.map(({ name, path, denied }) => {
    const how = path === undefined ? `${name}, by name` : showPath(path, name);
    return denied ? `  ${how}, whom deny keeps out` : `  ${how}`;
  });
  return [`${people(sharers.length)}, by access.accounts; each one's keys: holdfast why NAME`, ...lines];
}

function describePam({ served: { pamRefusal } }: LoginReport): string[] {
  return pamRefusal === undefined ? [] : [`refuses: ${pamRefusal}`, '  sshd asks it where UsePAM is yes'];
}

function describeServed({ served, localUid }: LoginReport): string {
  const { generation, ageSeconds = 0, fault, passwd, keys } = served;
  const what = keys.length === 0 ? 'no keys' : count(keys.length, 'key', 'keys');
  if (fault !== undefined) return `the current generation is damaged (${fault}): holdfast sync; ${what}`;
  if (generation === undefined) return 'nothing: nothing was ever committed here; holdfast sync';
  const local = localUid === undefined ? 'no account' : 'the local account';
  const account = passwd === undefined ? local : 'the account';
  return `generation ${generation}, committed ${age(ageSeconds)} ago: ${account}, ${what}`;
}
