/**
 * The system's time zone, in which an sshd before 9.1 reads the end of a key.
 *
 * From the host's files, as glibc has it, and not from TZ: a person's shell may have another than sshd.
 *
 * @see localtime(5)
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../errors.ts';
import type { HostPaths } from './paths.ts';

/** The IANA's name for it: `Europe/Berlin`. */
export function readTimeZone({ etc, root }: Pick<HostPaths, 'etc' | 'root'>): string {
  const own = root === '/' ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC';
  const target = readLink(join(etc, 'localtime'));
  if (target === 'absent') return 'UTC';
  const named = target === 'file' ? readName(join(etc, 'timezone')) : zoneOf(target.link);
  return named !== undefined && isTimeZone(named) ? named : own;
}

/** What follows `zoneinfo/` in the link's target. */
function zoneOf(link: string): string | undefined {
  return /\/zoneinfo\/(?:posix\/)?(.+)$/.exec(link)?.[1];
}

function readLink(path: string): { readonly link: string } | 'file' | 'absent' {
  try {
    return { link: readlinkSync(path) };
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? 'absent' : 'file';
  }
}

/** /etc/timezone, which Debian writes beside a copy of the zone's file. */
function readName(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // It is one of two ways to know; the other is Node's own.
    return undefined;
  }
}

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
