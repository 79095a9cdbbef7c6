/**
 * Which services /etc/nsswitch.conf names for each database, in their order.
 *
 * @see nsswitch.conf(5)
 */
import { join } from 'node:path';
import { type ReadableFile, readReadableFile } from './readable-file.ts';
import type { HostPaths } from './paths.ts';

export interface NameServices {
  readonly database: string;
  /** The line as it stands there, from 1 on. */
  readonly line: number;
  /** `files`, `cache`, and actions such as `[NOTFOUND=return]` where they stand. */
  readonly words: readonly string[];
}

export interface NameServiceSwitch {
  readonly path: string;
  /** The first line of each database counts. */
  readonly databases: readonly NameServices[];
  readonly file: Exclude<ReadableFile, { readonly kind: 'text' }> | { readonly kind: 'text' };
}

export function readNameServiceSwitch({ etc }: Pick<HostPaths, 'etc'>): NameServiceSwitch {
  const path = join(etc, 'nsswitch.conf');
  const file = readReadableFile(path);
  return file.kind === 'text' ? { path, file: { kind: 'text' }, databases: parseNameServices(file.text) } : { path, file, databases: [] };
}

export function parseNameServices(text: string): NameServices[] {
  return text.split('\n').flatMap((whole, index) => {
    const [line = ''] = whole.split('#', 1);
    const colon = line.indexOf(':');
    if (colon === -1) return [];
    const words = line.slice(colon + 1).match(/\[[^\]]*\]|[^\s[\]]+/g) ?? [];
    return [{ database: line.slice(0, colon).trim(), line: index + 1, words }];
  });
}
