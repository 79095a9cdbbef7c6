/**
 * What `holdfast diff` shows: who appears, disappears and changes what, and whose keys change.
 */
import { formatGroup, type GroupEntry } from '../directory/group.ts';
import { type KeyLines, NO_KEYS, splitKeyLines } from '../directory/key-lines.ts';
import { formatPasswd, type PasswdEntry } from '../directory/passwd.ts';
import { AGING_FIELDS, formatShadow, NO_PASSWORD, type ShadowEntry } from '../directory/shadow.ts';
import type { GuardFinding } from '../policy/guards.ts';
import type { Change, MapPlan } from '../policy/plan.ts';
import type { DiffReport } from '../sync/report.ts';
import { hostAccessJson } from './host-access-text.ts';
import { sourcesJson } from './sync-text.ts';

export function renderDiff({ plan, findings }: DiffReport): string {
  const lines = [
    ...renderMap('passwd', plan.passwd, describePasswdChange),
    ...renderMap('group', plan.group, describeGroupChange),
    ...renderMap('shadow', plan.shadow, describeShadowChange),
    ...renderMap('keys', plan.keys, describeKeyChange),
    ...findings.map(renderFinding),
  ];
  return lines.length === 0 ? 'no changes\n' : `${lines.join('\n')}\n`;
}

export function diffJson({ plan, changes, findings, sources, hostAccess, warnings }: DiffReport): unknown {
  return {
    changes,
    passwd: mapJson(plan.passwd, formatPasswd),
    group: mapJson(plan.group, formatGroup),
    shadow: mapJson(plan.shadow, formatRedacted),
    keys: mapJson(plan.keys, splitKeyLines),
    wouldHold: findings,
    sources: sourcesJson(sources),
    ...hostAccessJson(hostAccess),
    warnings,
  };
}

function formatRedacted(entry: ShadowEntry): string {
  return formatShadow({ ...entry, password: entry.password === NO_PASSWORD ? NO_PASSWORD : '[redacted]' });
}

/** Entries as the lines of their map. */
function mapJson<Entry>({ before, after, added, removed, changed }: MapPlan<Entry>, format: (entry: Entry) => unknown): unknown {
  const shown = (change: Change<Entry>): unknown => ({
    key: change.key,
    ...(change.before === undefined ? {} : { before: format(change.before) }),
    ...(change.after === undefined ? {} : { after: format(change.after) }),
  });
  return { before, after, added: added.map(shown), removed: removed.map(shown), changed: changed.map(shown) };
}

function renderMap<Entry>(
  name: string,
  { added, removed, changed }: MapPlan<Entry>,
  describe: (change: Change<Entry>) => string,
): string[] {
  return [
    ...removed.map(({ key }) => `- ${name} ${key}`),
    ...added.map((change) => `+ ${name} ${change.key}${name === 'keys' ? ` ${describe(change)}` : ''}`),
    ...changed.map((change) => `~ ${name} ${change.key} ${describe(change)}`),
  ];
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
