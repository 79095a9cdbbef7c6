/**
 * Decodes SearchResultEntry messages (RFC 4511 section 4.5.2) straight to text, for the attributes that are wanted.
 */
import { isUtf8 } from 'node:buffer';
import type { RawValue, RawValues } from '../../directory/validate.ts';
import { quote } from '../../directory/rejection.ts';
import { SourceError } from '../source.ts';
import { type AttributeRange, parseRange } from './attribute-range.ts';
import { type BerReader, malformed } from './message-reader.ts';
import { serverText } from './server-text.ts';

const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;
const SET = 0x31;

const NONE: RawValues = [];

/** More attributes than are asked for: a server that sends others does not make this grow. */
const EXPECTED_MAX = 64;
/** Longer than any attribute's name; a name of 60 MB is not kept from entry to entry. */
const SPELLING_MAX_LENGTH = 128;
/** Of one attribute: as many members as a directory has entries by default. Empty ones would take a hundred times their bytes. */
const VALUES_MAX = 2_000_000;

interface Attribute {
  /** As the server spells it. */
  readonly spelling: string;
  /** In lower case; undefined for what nobody wants. */
  readonly wanted: string | undefined;
  /** Its values are bytes, read as hexadecimal digits. */
  readonly binary: boolean;
  /** The server keeps values back. */
  readonly range: AttributeRange | undefined;
}

export interface DecodedEntry {
  readonly dn: string;
  /** The values of an attribute, named in lower case; none when the entry has none or shows none. */
  values(attribute: string): RawValues;
  /** Which of its values these are, when the server sends them in parts. */
  range(attribute: string): AttributeRange | undefined;
}

/** Attributes that are not read as the others are, in lower case. */
export interface SpecialAttributes {
  /** Their values are bytes. */
  readonly binary?: readonly string[];
  /** Whoever reads them asks for the rest. */
  readonly inParts?: readonly string[];
}

export class EntryDecoder {
  readonly #wanted: ReadonlySet<string>;
  readonly #binary: ReadonlySet<string>;
  readonly #inParts: ReadonlySet<string>;
  /**
   * The attributes of the entry before, in its order: nearly every entry has the same in the same, so that a name is
   * compared with one text and looked up nowhere.
   */
  readonly #expected: Attribute[] = [];

  /** @param attributes in lower case: servers answer in the case of their schema, not of the request */
  constructor(attributes: readonly string[], { binary = [], inParts = [] }: SpecialAttributes = {}) {
    this.#wanted = new Set(attributes);
    this.#binary = new Set(binary);
    this.#inParts = new Set(inParts);
  }

  /** @param message entered into the entry */
  decode(message: BerReader): DecodedEntry {
    const dn = readDn(message);
    const values = new Map<string, RawValues>();
    const ranges = new Map<string, AttributeRange>();
    let position = 0;
    message.enter(SEQUENCE);
    while (!message.atEnd) {
      const outer = message.enter(SEQUENCE);
      const { wanted, binary, range } = this.#recognize(message, position);
      // Beside a part, Active Directory sends the attribute itself, without a value.
      if (wanted !== undefined && !ranges.has(wanted)) values.set(wanted, binary ? readBytes(message) : readValues(message, wanted, dn));
      if (wanted !== undefined && range !== undefined) ranges.set(wanted, range);
      position += 1;
      message.leave(outer);
    }
    return { dn, values: (attribute) => values.get(attribute) ?? NONE, range: (attribute) => ranges.get(attribute) };
  }

  #recognize(message: BerReader, position: number): Attribute {
    const expected = this.#expected[position];
    if (expected !== undefined && message.skipAscii(OCTET_STRING, expected.spelling)) return expected;
    const spelling = message.ascii(OCTET_STRING);
    const range = this.#partOf(spelling.toLowerCase());
    const name = range?.attribute ?? spelling.toLowerCase();
    const found = { spelling, wanted: this.#wanted.has(name) ? name : undefined, binary: this.#binary.has(name), range };
    if (position < EXPECTED_MAX && spelling.length <= SPELLING_MAX_LENGTH) this.#expected[position] = found;
    return found;
  }

  /** A part of what nobody expects in parts is refused: without the rest, an entry would be a smaller one. */
  #partOf(name: string): AttributeRange | undefined {
    const range = parseRange(name);
    if (range === undefined || !this.#wanted.has(range.attribute) || this.#inParts.has(range.attribute)) return range;
    throw new SourceError('source-unavailable', `the server sends only a part of an entry's ${range.attribute} (${serverText(name)})`, {
      detail: 'answer-limited',
    });
  }
}

/** A DN that is no UTF-8 is shown all the same, and still differs from every other. */
function readDn(message: BerReader): string {
  const bytes = message.bytes(OCTET_STRING);
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

function readBytes(message: BerReader): RawValue[] {
  const values: RawValue[] = [];
  message.enter(SET);
  while (!message.atEnd) values.push(message.bytes(OCTET_STRING).toString('hex'));
  return values;
}

function readValues(message: BerReader, attribute: string, dn: string): RawValue[] {
  const values: RawValue[] = [];
  message.enter(SET);
  while (!message.atEnd) {
    if (values.length === VALUES_MAX) throw malformed(`${attribute} of ${quote(dn)} has more than ${VALUES_MAX} values`);
    values.push(message.text(OCTET_STRING));
  }
  return values;
}
