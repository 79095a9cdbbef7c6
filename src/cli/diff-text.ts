/**
 * What `holdfast diff` shows: who appears, disappears and changes what, and whose keys change.
 */
import { formatGroup, type GroupEntry } from '../directory/group.ts';
import { type KeyLines, NO_KEYS, splitKeyLines } from '../directory/key-lines.ts';
import { formatPasswd, type PasswdEntry } from '../directory/passwd.ts';
import { AGING_FIELDS, formatShadow, NO_PASSWORD, type ShadowEntry } from '../directory/shadow.ts';
import type { GuardFinding } from '../policy/guards/guards.ts';
import type { Change, MapPlan } from '../policy/map-plan.ts';
import type { HeldRemovals } from '../state/held-removals.ts';
import { some } from '../sync/phrases.ts';
import type { DiffReport } from '../sync/report.ts';
import { hostAccessJson } from './host-access-text.ts';
import { approvalLine, sourcesJson } from './sync-text.ts';

/** Of a map that has nobody yet, as many are shown; who gets keys is what is worth reading then, and is shown whole. */
const FIRST_SHOWN = 20;

export function renderDiff({ plan, findings, digest, reasons, recorded }: DiffReport): string {
  const lines = [
    ...renderMap('passwd', plan.passwd, describePasswdChange, reasons.passwd),
    ...renderMap('group', plan.group, describeGroupChange),
    ...renderMap('shadow', plan.shadow, describeShadowChange),
    ...renderMap('keys', plan.keys, describeKeyChange, reasons.keys),
    ...findings.map(renderFinding),
    ...(findings.length === 0 ? [] : [`! when that is meant, after a sync that holds it: ${approvalLine(digest)}`]),
    ...(recorded === undefined ? [] : renderRecorded(recorded)),
  ];
  return lines.length === 0 ? 'no changes\n' : `${lines.join('\n')}\n`;
}

export function diffJson({
  plan,
  changes,
  findings,
  digest,
  sources,
  hostAccess,
  accessFindings,
  warnings,
  reasons,
  recorded,
}: DiffReport): unknown {
  return {
    changes,
    passwd: mapJson(plan.passwd, formatPasswd, reasons.passwd),
    group: mapJson(plan.group, formatGroup),
    shadow: mapJson(plan.shadow, formatRedacted),
    keys: mapJson(plan.keys, splitKeyLines, reasons.keys),
    wouldHold: findings,
    ...(findings.length === 0 ? {} : { digest }),
    ...(recorded === undefined ? {} : { heldSince: recorded.since, held: recorded.findings }),
    sources: sourcesJson(sources),
    ...hostAccessJson(hostAccess),
    accessFindings,
    warnings,
  };
}

function formatRedacted(entry: ShadowEntry): string {
  return formatShadow({ ...entry, password: entry.password === NO_PASSWORD ? NO_PASSWORD : '[redacted]' });
}

/** Entries as the lines of their map. */
function mapJson<Entry>(
  { before, after, added, removed, changed }: MapPlan<Entry>,
  format: (entry: Entry) => unknown,
  reasons: Reasons = NO_REASONS,
): unknown {
  const shown = (change: Change<Entry>): object => ({
    key: change.key,
    ...(change.before === undefined ? {} : { before: format(change.before) }),
    ...(change.after === undefined ? {} : { after: format(change.after) }),
  });
  const gone = (change: Change<Entry>): unknown => ({ ...shown(change), ...reasonOf(change.key, reasons) });
  return { before, after, added: added.map(shown), removed: removed.map(gone), changed: changed.map(shown) };
}

function renderMap<Entry>(
  name: string,
  { before, added, removed, changed }: MapPlan<Entry>,
  describe: (change: Change<Entry>) => string,
  reasons: Reasons = NO_REASONS,
): string[] {
  const shown = before > 0 || name === 'keys' ? added : added.slice(0, FIRST_SHOWN);
  const more = added.length - shown.length;
  return [
    ...removed.map(({ key }) => `- ${name} ${key}${reasons.has(key) ? `: ${reasons.get(key)}` : ''}`),
    ...shown.map((change) => `+ ${name} ${change.key}${name === 'keys' ? ` ${describe(change)}` : ''}`),
    ...(more === 0 ? [] : [`+ ${name} … and ${more} more (holdfast diff --json lists all)`]),
    ...changed.map((change) => `~ ${name} ${change.key} ${describe(change)}`),
  ];
}

/** By name. */
type Reasons = ReadonlyMap<string, string>;

const NO_REASONS: Reasons = new Map();

function reasonOf(key: string, reasons: Reasons): object {
  const reason = reasons.get(key);
  return reason === undefined ? {} : { reason };
}

/** As it was held last; the answer itself is not kept. */
function renderRecorded({ since, findings }: HeldRemovals): string[] {
  return findings.map(
    ({ text, names }) =>
      `! held since ${since}: ${text}${names.length === 0 ? '' : `: ${some(names, 10)}`}; to be seen and approved when every source answers`,
  );
}

function renderFinding({ text }: GuardFinding): string {
  return `! held by a guard: ${text}`;
}

function describePasswdChange({ before, after }: Change<PasswdEntry>): string {
  return changedFields([
    ['uid', before?.uid, after?.uid],
    ['gid', before?.gid, after?.gid],
    ['gecos', before?.gecos, after?.gecos],
    ['home', before?.home, after?.home],
    ['shell', before?.shell, after?.shell],
  ]);
}

/** Never a hash: that it is another one is all that may be shown. */
function describeShadowChange({ before, after }: Change<ShadowEntry>): string {
  const fields = AGING_FIELDS.map((field): Field => [field, before?.aging[field], after?.aging[field]]);
  const password = before?.password === after?.password ? [] : ['password changed'];
  return [...password, changedFields(fields)].filter((text) => text !== '').join(', ');
}

function describeGroupChange({ before, after }: Change<GroupEntry>): string {
  const members = describeSets(before?.members, after?.members, (member) => member, ' ');
  const number = changedFields([['gid', before?.gid, after?.gid]]);
  return [number, members === '' ? '' : `members ${members}`].filter((text) => text !== '').join(', ');
}

/** Keys by type and comment: the blob says nothing to a reader. */
function describeKeyChange({ before = NO_KEYS, after = NO_KEYS }: Change<KeyLines>): string {
  return describeSets(splitKeyLines(before), splitKeyLines(after), shortKey, ', ');
}

type Field = readonly [name: string, before: string | number | undefined, after: string | number | undefined];

/** `shell "/bin/sh" -> "/bin/bash"` for every field that differs. */
function changedFields(fields: readonly Field[]): string {
  return fields
    .filter(([, before, after]) => before !== after)
    .map(([name, before, after]) => `${name} ${JSON.stringify(String(before ?? ''))} -> ${JSON.stringify(String(after ?? ''))}`)
    .join(', ');
}

/** What went with a minus, then what came with a plus. */
function describeSets(
  before: readonly string[] = [],
  after: readonly string[] = [],
  show: (one: string) => string,
  separator: string,
): string {
  const old = new Set(before);
  const now = new Set(after);
  const gone = before.filter((one) => !now.has(one)).map((one) => `-${show(one)}`);
  const come = after.filter((one) => !old.has(one)).map((one) => `+${show(one)}`);
  return [...gone, ...come].join(separator);
}

function shortKey(line: string): string {
  const match = /^(.* )?((?:ssh|ecdsa|sk)-[^ ]+) ([A-Za-z0-9+/=]+)(?: (.*))?$/.exec(line);
  if (match === null) return line;
  const [, options = '', type, blob = '', comment] = match;
  return `${options}${type} …${blob.slice(-12)}${comment === undefined ? '' : ` ${comment}`}`;
}
