/**
 * The eight names in /etc that libnss-cache opens, and what stands there.
 */
import { lstatSync, readlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errnoOf, messageOf } from '../errors.ts';
import type { HostPaths } from './paths.ts';

const CACHE_LINKS: readonly string[] = [
  'passwd.cache',
  'passwd.cache.ixname',
  'passwd.cache.ixuid',
  'group.cache',
  'group.cache.ixname',
  'group.cache.ixgid',
  'shadow.cache',
  'shadow.cache.ixname',
];

export interface CacheLink {
  readonly name: string;
  readonly found:
    | { readonly kind: 'absent' }
    /** Where it leads, as the host itself sees it. */
    | { readonly kind: 'link'; readonly target: string }
    | { readonly kind: 'file' }
    | { readonly kind: 'unreadable'; readonly reason: string };
}

export function readCacheLinks({ etc }: Pick<HostPaths, 'etc'>): CacheLink[] {
  return CACHE_LINKS.map((name) => ({ name, found: look(join(etc, name)) }));
}

function look(path: string): CacheLink['found'] {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return { kind: 'absent' };
    return stats.isSymbolicLink() ? { kind: 'link', target: resolve('/etc', readlinkSync(path)) } : { kind: 'file' };
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return { kind: 'unreadable', reason: messageOf(error) };
  }
}
