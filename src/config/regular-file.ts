/**
 * Reads a small file whose path an operator has written: whatever is there instead of it, the read ends, and the error says it.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';

export interface RegularFile {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

/** Every CA of the world is a quarter of it; a disk image named by mistake is more. */
const MAX_BYTES = 4 * 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is no folder',
  EACCES: 'permission denied; wanted: to be run as a user who may read it, such as root',
  ELOOP: 'its symbolic links go round in a circle',
  ENXIO: 'it is a socket; wanted: a file',
};

/**
 * @param what whose file it is, for errors: `tls.key`
 * @param maxBytes that it may have
 * @throws HoldfastError `configuration`, with the errno as its cause's code
 */
export function readRegularFile(path: string, what: string, maxBytes = MAX_BYTES): RegularFile {
  try {
    // Not waiting: the open of a FIFO that nobody writes to would last for ever.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      const fault = faultOf(stats, maxBytes);
      if (fault !== undefined) throw unreadable(path, what, fault);
      return { bytes: readFileSync(file), stats };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw unreadable(path, what, REASONS[errnoOf(error) ?? ''] ?? messageOf(error), error);
  }
}

function faultOf(stats: Stats, maxBytes: number): string | undefined {
  if (stats.isDirectory()) return 'it is a folder; wanted: a file';
  if (stats.isFIFO()) return 'it is a named pipe; wanted: a file';
  if (!stats.isFile()) return 'it is a device; wanted: a file';
  return stats.size > maxBytes ? `it has ${stats.size} bytes; wanted: at most ${maxBytes}` : undefined;
}

function unreadable(path: string, what: string, reason: string, cause?: unknown): HoldfastError {
  return new HoldfastError('configuration', `${what}: cannot read "${path}": ${reason}`, { detail: 'file-unreadable', cause });
}
