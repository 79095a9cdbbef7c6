/**
 * Folders that stand where a file of state belongs, such as after a restore that went wrong: every run would fail on them.
 *
 * Each is moved aside with what is in it, and an empty file takes its place. That is damaged state, not missing state: what is lost with it
 * may be whom the directory refused.
 */
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError, messageOf } from '../errors.ts';

const STATE_FILE = /^(?:[a-z-]+\.json(?:\.[0-9]+)?|snapshot-[^/]+\.ndjson(?:\.new)?|audit[0-9-]*\.batch(?:\.new)?|uid-ledger(?:\.new)?)$/;

export interface MovedFolder {
  readonly from: string;
  readonly to: string;
}

/** @throws HoldfastError `cache-failed` */
export function moveFoldersAside(folder: string): MovedFolder[] {
  const misplaced = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && STATE_FILE.test(entry.name));
  return misplaced.map(({ name }) => moveAside(join(folder, name)));
}

function moveAside(from: string): MovedFolder {
  const to = freeName(from);
  try {
    renameSync(from, to);
    writeFileSync(from, '', { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new HoldfastError('cache-failed', `cannot move the folder ${from} aside: ${messageOf(error)}`, {
      hints: [`a file of holdfast's state belongs there: look at the folder, then move it away`],
      cause: error,
    });
  }
  return { from, to };
}

function freeName(path: string): string {
  for (let number = 1; ; number += 1) {
    const name = `${path}.folder-${number}`;
    if (!existsSync(name)) return name;
  }
}
