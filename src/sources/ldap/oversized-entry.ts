/**
 * The name of an entry whose message is too long to be read, from the message's first bytes: whoever has to look for it in the
 * directory needs nothing else.
 */
import { quote } from '../../directory/rejection.ts';

const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const SEARCH_ENTRY = 0x64;

interface Element {
  readonly start: number;
  readonly end: number;
}

/** `the entry "uid=…"`; undefined when it is no entry, or its DN is not all there yet. @param content where the message's content starts */
export function describeOversized(bytes: Buffer, content: number): string | undefined {
  const messageId = elementAt(bytes, content, INTEGER);
  const entry = messageId && elementAt(bytes, messageId.end, SEARCH_ENTRY);
  const dn = entry && elementAt(bytes, entry.start, OCTET_STRING);
  return dn === undefined || dn.end > bytes.length ? undefined : `the entry ${quote(bytes.toString('utf8', dn.start, dn.end))}`;
}

/** Undefined when the header is another, or not all there. What the header says may lie beyond the end. */
function elementAt(bytes: Buffer, position: number, tag: number): Element | undefined {
  const first = bytes[position + 1];
  if (bytes[position] !== tag || first === undefined) return undefined;
  const size = first < 0x80 ? 0 : first - 0x80;
  const start = position + 2 + size;
  if (size > 4 || start > bytes.length) return undefined;
  return { start, end: start + (size === 0 ? first : bytes.readUIntBE(position + 2, size)) };
}
