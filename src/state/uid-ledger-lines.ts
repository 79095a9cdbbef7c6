/**
 * The text of a uid ledger, and who holds which uid looked up in it as it lies in memory.
 *
 * One line for everybody: `UID OWNER FIRST NAME` for those who hold a uid, by uid, and before them `- UID OWNER FIRST GONE NAME` for
 * those who gave up the uid, or only the name, which the line of the one who holds the uid tells. FIRST and GONE are days since the epoch. A hundred thousand lines stay what they are, bytes: as objects
 * they would be four times as much memory.
 */
import type { HeldUids, LedgerUpdate, Owner, PastHolding, UidHolding, UidLedger } from '../directory/uid-holding.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const DASH = 0x2d;
const DIGIT_ZERO = 0x30;

const HELD_LINE = /^([0-9]{1,10}) (u|[di][=#][!-~]{1,64}) ([0-9]{1,6}) ([!-~]{1,32})$/;
const PAST_LINE = /^- ([0-9]{1,10}) (u|[di][=#][!-~]{1,64}) ([0-9]{1,6}) ([0-9]{1,6}) ([!-~]{1,32})$/;

export interface LedgerLines {
  readonly held: HeldLines;
  readonly past: readonly PastHolding[];
}

/** @param lines between header and trailer, as `formatLedger` wrote them: a digest has shown it */
export function parseLedgerLines(lines: Buffer): LedgerLines {
  const past: PastHolding[] = [];
  let start = 0;
  while (lines[start] === DASH) {
    const end = lines.indexOf(NEWLINE, start);
    past.push(parsePast(text(lines, start, end)));
    start = end + 1;
  }
  return { held: new HeldLines(lines.subarray(start)), past };
}

/** Lines with their newlines: the ledger as the update makes it. */
export function* formatLedger(held: HeldLines, { removed, added, past }: Omit<LedgerUpdate, 'day'>): Generator<string> {
  for (const { uid, owner, firstSeen, goneSince, name } of past) yield `- ${uid} ${owner} ${firstSeen} ${goneSince} ${name}\n`;
  let index = 0;
  for (const holding of added) {
    for (; index < held.count && held.uid(index) < holding.uid; index += 1) if (!removed.has(index)) yield held.line(index);
    yield formatHeld(holding);
  }
  for (; index < held.count; index += 1) if (!removed.has(index)) yield held.line(index);
}

function formatHeld({ uid, owner, firstSeen, name }: UidHolding): string {
  return `${uid} ${owner} ${firstSeen} ${name}\n`;
}

function parsePast(line: string): PastHolding {
  const [, uid, owner = '', first, gone, name = ''] = PAST_LINE.exec(line) ?? notOurs(line);
  return { uid: Number(uid), owner: owner as Owner, firstSeen: Number(first), goneSince: Number(gone), name };
}

export class HeldLines implements HeldUids {
  readonly count: number;
  readonly #lines: Buffer;
  readonly #uids: Uint32Array;
  /** Of each line, and the end of the last. */
  readonly #starts: Uint32Array;

  constructor(lines: Buffer) {
    const count = countLines(lines);
    this.count = count;
    this.#lines = lines;
    this.#uids = new Uint32Array(count);
    this.#starts = new Uint32Array(count + 1);
    for (let index = 0, start = 0; index < count; index += 1) {
      this.#uids[index] = leadingNumber(lines, start);
      start = after(NEWLINE, lines, start);
      this.#starts[index + 1] = start;
    }
  }

  uid(index: number): number {
    return this.#uids[index] ?? 0;
  }

  indexOf(uid: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.uid(middle) < uid) low = middle + 1;
      else high = middle;
    }
    return low < this.count && this.uid(low) === uid ? low : -1;
  }

  isOwner(index: number, owner: Owner): boolean {
    const start = after(SPACE, this.#lines, this.#starts[index] ?? 0);
    return isAt(this.#lines, start, owner) && this.#lines[start + owner.length] === SPACE;
  }

  isNamed(index: number, name: string): boolean {
    const start = (this.#starts[index + 1] ?? 0) - 1 - name.length;
    return this.#lines[start - 1] === SPACE && isAt(this.#lines, start, name);
  }

  placesOf(names: ReadonlySet<string>): Map<string, number[]> {
    const places = new Map<string, number[]>();
    for (let index = 0; index < this.count; index += 1) {
      const name = this.#nameAt(index);
      if (names.has(name)) places.set(name, [...(places.get(name) ?? []), index]);
    }
    return places;
  }

  read(index: number): UidHolding {
    const line = this.line(index).trimEnd();
    const [, uid, owner = '', first, name = ''] = HELD_LINE.exec(line) ?? notOurs(line);
    return { uid: Number(uid), owner: owner as Owner, firstSeen: Number(first), name };
  }

  #nameAt(index: number): string {
    const end = (this.#starts[index + 1] ?? 1) - 1;
    return text(this.#lines, this.#lines.lastIndexOf(SPACE, end) + 1, end);
  }

  line(index: number): string {
    return text(this.#lines, this.#starts[index] ?? 0, this.#starts[index + 1] ?? 0);
  }
}

export const NOBODY = new HeldLines(Buffer.alloc(0));

/** The ledger as an update makes it, in memory. */
export function applyUpdate(held: HeldLines, update: LedgerUpdate): UidLedger & { readonly held: HeldLines } {
  const lines = Buffer.from([...formatLedger(held, update)].join(''), 'latin1');
  return { day: update.day, ...parseLedgerLines(lines) };
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] === NEWLINE) count += 1;
  return count;
}

/** Behind the next such byte; for a line's few, quicker than `indexOf`, which leaves JavaScript. */
function after(byte: number, bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== byte) at += 1;
  return at + 1;
}

function leadingNumber(bytes: Uint8Array, start: number): number {
  let number = 0;
  for (let at = start, byte = bytes[at] ?? SPACE; byte >= DIGIT_ZERO; at += 1, byte = bytes[at] ?? SPACE) {
    number = number * 10 + byte - DIGIT_ZERO;
  }
  return number;
}

function isAt(bytes: Uint8Array, start: number, expected: string): boolean {
  for (let index = 0; index < expected.length; index += 1) {
    if (bytes[start + index] !== expected.charCodeAt(index)) return false;
  }
  return true;
}

function text(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end);
}

function notOurs(line: string): never {
  throw new Error(`a line of the uid ledger is none: ${line}`);
}
