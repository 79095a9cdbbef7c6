/**
 * Whether sshd's own lists of users and groups let a person of the directory in, before any key is asked for.
 *
 * @see sshd_config(5): DenyUsers, AllowUsers, DenyGroups, AllowGroups, in this order; PATTERNS in ssh_config(5)
 */
import { quote } from '../../directory/rejection.ts';
import type { SshdLine } from '../../host/sshd-config-files.ts';
import { type Finding, finding } from './finding.ts';
import { shellPath } from './shell-path.ts';

export interface AdmissionFacts {
  readonly login: string;
  /** By name, the primary one first. */
  readonly groups: readonly string[];
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly lines: readonly SshdLine[];
}

export function judgeAdmission(facts: AdmissionFacts): Finding[] {
  const { login, groups } = facts;
  const of = (keyword: string): string[] => (facts.values.get(keyword) ?? []).flatMap((value) => value.split(/\s+/));
  const isUser = (pattern: string): boolean => matches(pattern.replace(/@.*$/, ''), login);
  const isGroup = (pattern: string): boolean => groups.some((group) => matches(pattern, group));
  const allowsUsers = of('allowusers');
  const allowsGroups = of('allowgroups');
  // A place behind an @ may be another than that of the look: then the list is taken for one that lets in, and denies nobody.
  if (of('denyusers').some((pattern) => !pattern.includes('@') && isUser(pattern))) return [refused('DenyUsers', undefined, facts)];
  if (allowsUsers.length > 0 && !allowsUsers.some(isUser)) return [refused('AllowUsers', login, facts)];
  if (of('denygroups').some(isGroup)) return [refused('DenyGroups', undefined, facts)];
  if (allowsGroups.length > 0 && !allowsGroups.some(isGroup)) return [refused('AllowGroups', groups[0], facts)];
  return [];
}

/** @param missing what would let the person in */
function refused(keyword: string, missing: string | undefined, { login, lines }: AdmissionFacts): Finding {
  const line = lines.find((one) => one.keyword === keyword.toLowerCase());
  const place = line === undefined ? '' : `${line.file}:${line.line}: `;
  const list = line === undefined ? '' : ` ${quote(line.value)}`;
  const what = `${place}${keyword}${list} keeps "${login}" out`;
  const mend =
    line === undefined || missing === undefined
      ? `# take what names "${login}" out of ${keyword}, then: sshd -t && systemctl reload ssh`
      : `sed -i '${line.line}s/$/ ${missing}/' ${shellPath(line.file)} && sshd -t && systemctl reload ssh   # or a group of those who should get in`;
  return finding('sshd-keeps-out', what, mend);
}

/** `*` and `?`, in time that grows with both lengths and no faster. */
function matches(pattern: string, text: string): boolean {
  let reachable = new Set([0]);
  for (const character of pattern) reachable = new Set([...reachable].flatMap((position) => step(character, text, position)));
  return reachable.has(text.length);
}

/** Where one character of a pattern leads to in the text. */
function step(character: string, text: string, position: number): number[] {
  if (character === '*') return Array.from({ length: text.length - position + 1 }, (_one, index) => position + index);
  return position < text.length && (character === '?' || character === text[position]) ? [position + 1] : [];
}
