/**
 * What has to be on the disk before the next step, for caches and state alike.
 */
import { closeSync, constants, fsyncSync, openSync } from 'node:fs';

/** fsync(2) of a file, or of a folder after its entries changed. */
export function syncPath(path: string): void {
  const file = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
