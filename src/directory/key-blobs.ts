/**
 * The base64 parts of keys, which are the keys themselves: the same whatever options stand before them and comment behind.
 */
import type { AuthorizedKey } from './authorized-key.ts';
import { isKeyType } from './key-blob.ts';
import type { KeyLines } from './key-lines.ts';
import { endOfOptions } from './key-options.ts';

export function blobOf({ type, text }: Pick<AuthorizedKey, 'type' | 'text'>): string {
  return wordAt(text, type.length + 1);
}

/** Found without parsing the lines: they are canonical, `[options] type blob [comment]` with one space between the parts. */
export function* blobsOf(lines: KeyLines): Generator<string> {
  for (let start = 0; start < lines.length; start = nextLine(lines, start)) yield wordAt(lines, startOfBlob(lines, start));
}

export interface KeyParts {
  readonly blob: string;
  /** As they stand in the line; empty for most keys. */
  readonly options: string;
}

/** Like `blobsOf`, with what stands before the type. */
export function* partsOf(lines: KeyLines): Generator<KeyParts> {
  for (let start = 0; start < lines.length; start = nextLine(lines, start)) {
    yield { blob: wordAt(lines, startOfBlob(lines, start)), options: optionsAt(lines, start) };
  }
}

function optionsAt(lines: KeyLines, start: number): string {
  if (isKeyType(lines.slice(start, lines.indexOf(' ', start)))) return '';
  const line = lines.slice(start, nextLine(lines, start));
  return line.slice(0, endOfOptions(line));
}

/** @param start of a line; `nextLine` gives that of the next */
export function startOfBlob(lines: KeyLines, start: number): number {
  if (lines.startsWith(MOST_COMMON, start)) return start + MOST_COMMON.length;
  const space = lines.indexOf(' ', start);
  if (isKeyType(lines.slice(start, space))) return space + 1;
  const options = endOfOptions(lines.slice(start)) ?? 0;
  return lines.indexOf(' ', start + options + 1) + 1;
}

export function nextLine(lines: KeyLines, start: number): number {
  const newline = lines.indexOf('\n', start);
  return newline === -1 ? lines.length : newline + 1;
}

/** Looked for first, so that most lines are read without making a text of their type. */
const MOST_COMMON = 'ssh-ed25519 ';

/** Up to the next space, line end or end of the text. */
export function wordAt(text: string, start: number): string {
  let end = start;
  while (end < text.length && text.charCodeAt(end) > 0x20) end += 1;
  return text.slice(start, end);
}
