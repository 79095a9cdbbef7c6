/**
 * A small text file that belongs to somebody else, read as far as that can be done: whatever stands in its place, the read ends.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { errnoOf, messageOf } from '../errors.ts';

export type ReadableFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  /** Why it cannot be read: a clause. */
  | { readonly kind: 'unreadable'; readonly reason: string };

const MAX_BYTES = 1024 * 1024;

export function readReadableFile(path: string): ReadableFile {
  try {
    // Not waiting: the open of a FIFO that nobody writes to would last for ever.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) return { kind: 'unreadable', reason: 'it is no regular file' };
      if (stats.size > MAX_BYTES) return { kind: 'unreadable', reason: `it has ${stats.size} bytes` };
      return { kind: 'text', text: readFileSync(file, 'utf8') };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno === 'ENOENT' || errno === 'ENOTDIR' ? { kind: 'absent' } : { kind: 'unreadable', reason: messageOf(error) };
  }
}
