/**
 * Bytes that somebody has written as text: UTF-8, or the place of the first that is none.
 */
import { isUtf8 } from 'node:buffer';
import { positionOf } from './positions.ts';
import type { LocatedProblem } from './problem.ts';

/** Anything but UTF-8 would be read as other names than those that stand there. A byte order mark is in no column. */
export function decodeUtf8(bytes: Buffer): string | Omit<LocatedProblem, 'file'> {
  const text = bytes.toString('utf8');
  if (isUtf8(bytes)) return text.replace(/^\uFEFF/, '');
  const offset = Buffer.from(text).findIndex((byte, index) => byte !== bytes[index]);
  const before = bytes.subarray(0, offset).toString('utf8');
  const byte = `byte 0x${(bytes[offset] ?? 0).toString(16).padStart(2, '0')}`;
  return { position: positionOf(before, before.length), text: `is not UTF-8 (${byte}); wanted: UTF-8` };
}
