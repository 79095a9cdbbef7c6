/**
 * LDIF with entries, as slapcat(8) and `ldapsearch -LLL` write it; not LDIF with changes.
 *
 * Strict: a line that is taken for less than it says would be a person less. Plain values may be UTF-8, which RFC 2849 wants in base64.
 *
 * @see RFC 2849
 */
import { isUtf8 } from 'node:buffer';
import { canonicalDn } from '../../directory/dn.ts';
import type { TomlFile } from '../../toml/document.ts';
import type { LocatedProblem } from '../../toml/problem.ts';
import { decodeUtf8 } from '../../toml/utf8.ts';

/** Bytes of base64, or text as it stands. */
export type LdifValue = string | Buffer;

export interface LdifEntry {
  readonly dn: string;
  /** Of its `dn:`, from 1. */
  readonly line: number;
  /** By attribute description in lower case, options included. */
  readonly values: ReadonlyMap<string, readonly LdifValue[]>;
}

/** One line after its continuations are joined to it. */
interface LogicalLine {
  readonly text: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

interface Attribute {
  /** In lower case. */
  readonly name: string;
  readonly value: LdifValue;
  readonly line: number;
}

/** What is wrong with a line. */
class Mistake {
  readonly line: number;
  readonly text: string;

  constructor(line: number, text: string) {
    this.line = line;
    this.text = text;
  }
}

const DESCRIPTION = /^(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)*)(?:;[A-Za-z0-9_=*-]+)*$/;
/** Longer than any attribute's name, with its options. */
const DESCRIPTION_MAX_LENGTH = 256;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** What only records of changes have, and controls of such. */
const OF_CHANGES: ReadonlySet<string> = new Set(['changetype', 'control']);

/** @returns the entries, or all mistakes in the order of the file */
export function readLdif({ path, bytes }: TomlFile): readonly LdifEntry[] | readonly LocatedProblem[] {
  const text = decodeUtf8(bytes);
  if (typeof text !== 'string') return [{ file: path, ...text }];
  const entries: LdifEntry[] = [];
  const mistakes: Mistake[] = [];
  for (const record of recordsOf(text)) {
    const entry = readRecord(record, mistakes);
    if (entry !== undefined) entries.push(entry);
  }
  mistakes.push(...findRepeated(entries));
  if (mistakes.length === 0) return entries;
  return mistakes
    .toSorted((a, b) => a.line - b.line)
    .map((mistake) => ({ file: path, position: { line: mistake.line, column: 1 }, text: mistake.text }));
}

/** Lines up to a blank one, without comments and without the `version:` of the file. */
function* recordsOf(text: string): Generator<readonly LogicalLine[]> {
  let record: LogicalLine[] = [];
  let isFirst = true;
  for (const line of logicalLines(text)) {
    if (line.text.startsWith('#')) continue;
    const isVersion = isFirst && /^version: *1$/i.test(line.text);
    isFirst &&= line.text === '';
    if (isVersion) continue;
    if (line.text !== '') record.push(line);
    else if (record.length > 0) {
      yield record;
      record = [];
    }
  }
  if (record.length > 0) yield record;
}

function* logicalLines(text: string): Generator<LogicalLine> {
  let pieces: string[] = [];
  let start = 1;
  for (const [index, piece] of physicalLines(text)) {
    if (piece.startsWith(' ') && pieces.length > 0) {
      pieces.push(piece.slice(1));
      continue;
    }
    if (pieces.length > 0) yield { text: pieces.join(''), line: start };
    pieces = [piece];
    start = index;
  }
  if (pieces.length > 0) yield { text: pieces.join(''), line: start };
}

function* physicalLines(text: string): Generator<readonly [number: number, line: string]> {
  let number = 1;
  for (let start = 0; start < text.length; number += 1) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    yield [number, text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end)];
    start = end + 1;
  }
}

function readRecord([first, ...others]: readonly LogicalLine[], mistakes: Mistake[]): LdifEntry | undefined {
  if (first === undefined) return undefined;
  const before = mistakes.length;
  const head = take(readAttribute(first), mistakes);
  const dn = head?.name === 'dn' ? take(readDn(head), mistakes) : undefined;
  if (head !== undefined && head.name !== 'dn') {
    mistakes.push(new Mistake(first.line, `begins with "${head.name}:"; wanted: "dn: …" first, and a blank line between entries`));
  }
  const values = new Map<string, LdifValue[]>();
  for (const line of others) {
    const attribute = take(checkPlace(readAttribute(line)), mistakes);
    if (attribute === undefined) continue;
    const known = values.get(attribute.name);
    if (known === undefined) values.set(attribute.name, [attribute.value]);
    else known.push(attribute.value);
  }
  return dn === undefined || mistakes.length > before ? undefined : { dn, line: first.line, values };
}

/** The line is not quoted: it may hold a password's hash. */
function readAttribute({ text, line }: LogicalLine): Attribute | Mistake {
  const colon = text.indexOf(':');
  if (text === '-') return new Mistake(line, 'a "-" is of a record of changes; wanted: entries');
  if (colon === -1) return new Mistake(line, 'is no "attribute: value"');
  const name = text.slice(0, colon);
  if (name.length > DESCRIPTION_MAX_LENGTH || !DESCRIPTION.test(name))
    return new Mistake(line, 'what stands before ":" is no name of an attribute');
  const value = readValue(text.slice(colon + 1));
  return typeof value === 'object' && 'mistake' in value
    ? new Mistake(line, `${name}: ${value.mistake}`)
    : { name: name.toLowerCase(), value, line };
}

/** @param text behind the first colon */
function readValue(text: string): LdifValue | { readonly mistake: string } {
  if (text.startsWith('<')) return { mistake: 'is to be read from a URL, which holdfast does not do; wanted: the value itself' };
  if (!text.startsWith(':')) return text.replace(/^ +/, '');
  const base64 = text.slice(1).replace(/^ +/, '');
  if (base64.length % 4 !== 0 || !BASE64.test(base64)) return { mistake: 'is no base64' };
  return Buffer.from(base64, 'base64');
}

function readDn({ value, line }: Attribute): string | Mistake {
  if (typeof value !== 'string' && !isUtf8(value)) return new Mistake(line, 'dn: is not UTF-8');
  const dn = value.toString();
  if (dn === '') return new Mistake(line, 'dn: is empty');
  return canonicalDn(dn) === undefined ? new Mistake(line, 'dn: is no DN such as "uid=alice,ou=people,dc=example,dc=org"') : dn;
}

function checkPlace(attribute: Attribute | Mistake): Attribute | Mistake {
  if (attribute instanceof Mistake) return attribute;
  const { name, line } = attribute;
  if (name === 'dn') return new Mistake(line, 'dn: stands within an entry; wanted: a blank line before it');
  if (OF_CHANGES.has(name))
    return new Mistake(line, `${name}: is of a record of changes; wanted: entries, as "slapcat" or "ldapsearch -LLL" prints them`);
  // Active Directory's word for a part of the values: the rest is not in the file.
  if (name.includes(';range=')) return new Mistake(line, `${name}: is a part of the values only; wanted: all of them`);
  return attribute;
}

function take<T>(read: T | Mistake, mistakes: Mistake[]): T | undefined {
  if (!(read instanceof Mistake)) return read;
  mistakes.push(read);
  return undefined;
}

function findRepeated(entries: readonly LdifEntry[]): Mistake[] {
  const lines = new Map<string, number>();
  return entries.flatMap(({ dn, line }) => {
    const canonical = canonicalDn(dn) ?? dn;
    const earlier = lines.get(canonical);
    if (earlier === undefined) lines.set(canonical, line);
    return earlier === undefined ? [] : [new Mistake(line, `the entry of line ${earlier} has this dn, too; wanted: one entry`)];
  });
}
