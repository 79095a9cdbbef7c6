/**
 * sshd_config and what it includes, in the order in which sshd reads it: which file says a keyword first, and so wins.
 *
 * @see sshd_config(5): "for each keyword, the first obtained value will be used"; Include takes glob(7) patterns, relative to /etc/ssh
 */
import { globSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { readReadableFile } from './readable-file.ts';
import type { HostPaths } from './paths.ts';

export interface SshdLine {
  readonly file: string;
  /** From 1 on. */
  readonly line: number;
  /** In lower case. */
  readonly keyword: string;
  readonly value: string;
  /** The `Match` line above it; undefined for what counts for everybody. */
  readonly match: string | undefined;
}

export interface SshdConfigFiles {
  readonly lines: readonly SshdLine[];
  /** In the order of reading. */
  readonly files: readonly string[];
  /** What could not be read, and why. */
  readonly unread: readonly { readonly file: string; readonly reason: string }[];
}

const FILES_MAX = 512;
/** sshd's own limit. */
const DEPTH_MAX = 16;

export function readSshdConfigFiles(paths: Pick<HostPaths, 'root' | 'etc'>): SshdConfigFiles {
  const reader = new ConfigReader(paths);
  reader.read(join(paths.etc, 'ssh/sshd_config'), undefined, 0);
  return reader;
}

class ConfigReader implements SshdConfigFiles {
  readonly lines: SshdLine[] = [];
  readonly files: string[] = [];
  readonly unread: { readonly file: string; readonly reason: string }[] = [];
  readonly #paths: Pick<HostPaths, 'root' | 'etc'>;

  constructor(paths: Pick<HostPaths, 'root' | 'etc'>) {
    this.#paths = paths;
  }

  /** A Match block that an included file begins ends with that file. */
  read(file: string, outer: string | undefined, depth: number): void {
    if (this.files.length >= FILES_MAX || depth > DEPTH_MAX) return;
    const found = readReadableFile(file);
    if (found.kind === 'unreadable') this.unread.push({ file, reason: found.reason });
    if (found.kind !== 'text') return;
    this.files.push(file);
    let match = outer;
    for (const [index, text] of found.text.split('\n').entries()) {
      const [keyword, value] = splitLine(text);
      if (keyword === '') continue;
      if (keyword === 'match') match = /^all$/i.test(value) ? outer : value;
      else if (keyword === 'include') for (const one of this.#included(value)) this.read(one, match, depth + 1);
      else this.lines.push({ file, line: index + 1, keyword, value, match });
    }
  }

  #included(patterns: string): string[] {
    const { root, etc } = this.#paths;
    const words = patterns.match(/"[^"]*"|[^\s"]+/g) ?? [];
    return words
      .map((word) => word.replaceAll('"', ''))
      .flatMap((pattern) => globSync(isAbsolute(pattern) ? join(root, pattern) : join(etc, 'ssh', pattern)).sort());
  }
}

/** `Keyword value`, `Keyword=value`, with quotes around a value or not. */
function splitLine(text: string): readonly [keyword: string, value: string] {
  const line = text.trim();
  if (line === '' || line.startsWith('#')) return ['', ''];
  const [, keyword = '', value = ''] = /^([A-Za-z0-9]+)(?:\s*=\s*|\s+)?(.*)$/.exec(line) ?? [];
  return [keyword.toLowerCase(), value.trim()];
}
