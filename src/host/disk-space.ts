/**
 * What is left on the file system that a folder is on.
 */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, messageOf } from '../errors.ts';

export type DiskSpace =
  | {
      readonly kind: 'space';
      /** Bytes that who is not root may still write: root's reserve is not counted on. */
      readonly freeBytes: number;
      /** Undefined where the file system makes inodes as it needs them. */
      readonly freeInodes: number | undefined;
    }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Of the nearest folder that is there. */
export function readDiskSpace(folder: string): DiskSpace {
  for (let path = folder; ; path = dirname(path)) {
    try {
      const { bavail, bsize, files, ffree } = statfsSync(path);
      return { kind: 'space', freeBytes: bavail * bsize, freeInodes: files === 0 ? undefined : ffree };
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      if (errno !== 'ENOENT' || path === dirname(path)) return { kind: 'unknown', reason: messageOf(error) };
    }
  }
}
