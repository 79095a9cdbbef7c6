/**
 * Folders in which people's homes are, and whose each is by its number. Nothing is followed, and nothing in them is read.
 */
import { lstatSync, readdirSync } from 'node:fs';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';

export interface HomeFolder {
  readonly parent: string;
  /** Its name may be any bytes. */
  readonly path: Buffer;
  readonly name: Buffer;
  readonly uid: number;
  /** When something was last made or removed in it. */
  readonly modifiedAt: Date;
}

/** In the order of their names; none when there is no such folder. @throws HoldfastError `cache-failed` */
export function readHomeFolders(parent: string): HomeFolder[] {
  const prefix = Buffer.from(parent.endsWith('/') ? parent : `${parent}/`);
  return readNames(parent)
    .sort((a, b) => a.compare(b))
    .flatMap((name) => {
      const path = Buffer.concat([prefix, name]);
      const stats = lstatSync(path, { throwIfNoEntry: false });
      return stats?.isDirectory() === true ? [{ parent, path, name, uid: stats.uid, modifiedAt: stats.mtime }] : [];
    });
}

function readNames(parent: string): Buffer[] {
  try {
    return readdirSync(parent, { encoding: 'buffer' });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw new HoldfastError('cache-failed', `cannot look for homes in "${parent}": ${messageOf(error)}`, { cause: error });
  }
}
