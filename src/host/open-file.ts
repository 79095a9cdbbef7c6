/**
 * A small file for everybody to read, in a folder of somebody else's: replaced by a rename, so that a reader has the old or the new one.
 */
import { closeSync, constants, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** The caller sees to it that it is alone. What a killed run left, and what somebody has put there, is not written through. */
export function replaceOpenFile(path: string, content: string): void {
  const staged = `${path}.new`;
  rmSync(staged, { force: true });
  try {
    const file = openSync(staged, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      writeFileSync(file, content);
      fchmodSync(file, 0o644);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(staged, path);
  } catch (error) {
    rmSync(staged, { force: true, recursive: false });
    throw error;
  }
}
