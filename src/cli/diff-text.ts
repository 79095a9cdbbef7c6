/**
 * What `holdfast diff` shows: who appears, disappears and changes what, and whose keys change.
 */
import type { GuardFinding } from '../policy/guards.ts';
import { type Change, isEmptyPlan, type MapPlan } from '../policy/plan.ts';
import type { DiffReport } from '../sync/report.ts';
import { sourcesJson } from './sync-text.ts';

const PASSWD_FIELDS = ['name', 'password', 'uid', 'gid', 'gecos', 'home', 'shell'];
const GROUP_FIELDS = ['name', 'password', 'gid', 'members'];
const SHADOW_FIELDS = ['name', 'password', 'last_change', 'min', 'max', 'warning', 'inactive', 'expire', 'flag'];

export function isEmptyDiff({ plan }: DiffReport): boolean {
  return isEmptyPlan(plan);
}

export function renderDiff({ plan, findings }: DiffReport): string {
  const lines = [
    ...renderMap('passwd', plan.passwd, (change) => changedFields(change, PASSWD_FIELDS)),
    ...renderMap('group', plan.group, describeGroupChange),
    ...renderMap('shadow', plan.shadow, (change) => changedFields(change, SHADOW_FIELDS)),
    ...renderMap('keys', plan.keys, describeKeyChange),
    ...findings.map(renderFinding),
  ];
  return lines.length === 0 ? 'no changes\n' : `${lines.join('\n')}\n`;
}

export function diffJson({ plan, findings, sources }: DiffReport): unknown {
  const map = ({ before, after, added, removed, changed }: MapPlan): object => ({ before, after, added, removed, changed });
  return {
    changes: !isEmptyPlan(plan),
    passwd: map(plan.passwd),
    group: map(plan.group),
    shadow: map(plan.shadow),
    keys: map(plan.keys),
    wouldHold: findings,
    sources: sourcesJson(sources),
  };
}

function renderMap(name: string, { added, removed, changed }: MapPlan, describe: (change: Change) => string): string[] {
  return [
    ...removed.map(({ key }) => `- ${name} ${key}`),
    ...added.map((change) => `+ ${name} ${change.key}${name === 'keys' ? ` ${describe(change)}` : ''}`),
    ...changed.map((change) => `~ ${name} ${change.key} ${describe(change)}`),
  ];
}

function renderFinding({ text }: GuardFinding): string {
  return `! held by a guard: ${text}`;
}

/** `shell "/bin/sh" -> "/bin/bash"` for every field that differs. */
function changedFields({ before = '', after = '' }: Change, fields: readonly string[]): string {
  const old = before.split(':');
  return after
    .split(':')
    .flatMap((value, index) => (value === old[index] ? [] : [`${fields[index]} "${old[index] ?? ''}" -> "${value}"`]))
    .join(', ');
}

function describeGroupChange(change: Change): string {
  const [before, after] = [change.before, change.after].map((line = '') => new Set(line.split(':')[3]?.split(',').filter(Boolean)));
  const numbers = changedFields(dropMembers(change), GROUP_FIELDS);
  const members = [
    ...[...(before ?? [])].filter((member) => !after?.has(member)).map((member) => `-${member}`),
    ...[...(after ?? [])].filter((member) => !before?.has(member)).map((member) => `+${member}`),
  ];
  return [numbers, members.length === 0 ? '' : `members ${members.join(' ')}`].filter(Boolean).join(', ');
}

function dropMembers({ key, before = '', after = '' }: Change): Change {
  const cut = (line: string): string => line.split(':').slice(0, 3).join(':');
  return { key, before: cut(before), after: cut(after) };
}

/** Keys by type and comment: the blob says nothing to a reader. */
function describeKeyChange({ before = '', after = '' }: Change): string {
  const old = new Set(before.split('\n').filter(Boolean));
  const now = new Set(after.split('\n').filter(Boolean));
  const gone = [...old].filter((line) => !now.has(line)).map((line) => `-${shortKey(line)}`);
  const come = [...now].filter((line) => !old.has(line)).map((line) => `+${shortKey(line)}`);
  return [...gone, ...come].join(', ');
}

function shortKey(line: string): string {
  const match = /((?:ssh|ecdsa|sk)-[^ ]+) ([A-Za-z0-9+/=]+)(?: (.*))?$/.exec(line);
  return match === null ? line : `${match[1]} …${match[2]?.slice(-12)}${match[3] === undefined ? '' : ` ${match[3]}`}`;
}
