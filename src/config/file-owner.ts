/**
 * Who may read and write a file, judged by its mode and owner: what holdfast believes and what it keeps secret must be root's.
 *
 * Groups count as somebody else, but for root's own. An access control list shows in the group's bits (acl(5)).
 */
import type { Stats } from 'node:fs';

export type Permission = 'read' | 'write';

/** What is wrong, as the rest of a sentence that begins with the file; undefined when only root, or who runs this, may. */
export function faultOfOwner(stats: Stats, permission: Permission, caller = process.geteuid?.() ?? 0): string | undefined {
  if (stats.uid !== 0 && stats.uid !== caller) {
    const wanted = caller === 0 ? 'root' : `root or uid ${caller}`;
    return `is owned by uid ${stats.uid}, who can change it; wanted: owned by ${wanted}`;
  }
  const who = othersWho(stats, permission);
  if (who === undefined) return undefined;
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
  const wanted = permission === 'read' ? '0600' : (stats.mode & 0o7755).toString(8).padStart(4, '0');
  return `is ${permission === 'read' ? 'readable' : 'writable'} by ${who} (mode ${mode}); wanted: ${wanted}`;
}

function othersWho({ mode, gid }: Stats, permission: Permission): string | undefined {
  // Who may write a secret can put another in its place; who may execute it gains nothing, but nobody means that.
  const bits = permission === 'read' ? 0o7 : 0o2;
  if ((mode & bits) !== 0) return 'everyone';
  return gid !== 0 && (mode & (bits << 3)) !== 0 ? `group ${gid}` : undefined;
}
