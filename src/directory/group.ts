/**
 * One line of group(5): `name:x:gid:member,member`.
 */
import { type Gid, type GroupName, type LoginName, parseGid, parseGroupName, parseLoginName } from './names.ts';
import { Invalid } from './rejection.ts';

export interface GroupEntry {
  readonly name: GroupName;
  readonly gid: Gid;
  /** Sorted, without repetition: the directory's order of values means nothing and changes between replicas. */
  readonly members: readonly LoginName[];
}

export function formatGroup(entry: GroupEntry): string {
  return `${entry.name}:x:${entry.gid}:${entry.members.join(',')}`;
}

/** Undefined for a line that is no group entry of ours. */
export function parseGroup(line: string): GroupEntry | undefined {
  const fields = line.split(':');
  if (fields.length !== 4 || fields[1] !== 'x') return undefined;
  const [nameText = '', , gidText = '', memberText = ''] = fields;
  const name = parseGroupName(nameText);
  const gid = parseGid(gidText);
  if (name instanceof Invalid || gid instanceof Invalid) return undefined;
  const members: LoginName[] = [];
  for (const text of memberText === '' ? [] : memberText.split(',')) {
    const member = parseLoginName(text);
    if (member instanceof Invalid) return undefined;
    members.push(member);
  }
  return { name, gid, members };
}
