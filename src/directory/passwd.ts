/**
 * One line of passwd(5): `name:x:uid:gid:gecos:home:shell`.
 *
 * The password field is always `x`: libnss-cache answers shadow lookups from shadow.cache.
 */
import { type Gid, type HostPath, type LoginName, parseGid, parseFolder, parseLoginName, parseShell, parseUid, type Uid } from './names.ts';
import { Invalid } from './rejection.ts';

export interface PasswdEntry {
  readonly name: LoginName;
  readonly uid: Uid;
  readonly gid: Gid;
  readonly gecos: string;
  readonly home: HostPath;
  readonly shell: HostPath;
}

export function formatPasswd(entry: PasswdEntry): string {
  return `${entry.name}:x:${entry.uid}:${entry.gid}:${entry.gecos}:${entry.home}:${entry.shell}`;
}

/** Undefined for a line that is no passwd entry of ours, as `fgetpwent_r` would skip or we would never write it. */
export function parsePasswd(line: string): PasswdEntry | undefined {
  const fields = line.split(':');
  if (fields.length !== 7 || fields[1] !== 'x') return undefined;
  const [nameText = '', , uidText = '', gidText = '', gecos = '', homeText = '', shellText = ''] = fields;
  const name = parseLoginName(nameText);
  const uid = parseUid(uidText);
  const gid = parseGid(gidText);
  const home = parseFolder(homeText);
  const shell = parseShell(shellText);
  if (name instanceof Invalid || uid instanceof Invalid || gid instanceof Invalid) return undefined;
  if (home instanceof Invalid || shell instanceof Invalid) return undefined;
  return { name, uid, gid, gecos, home, shell };
}
