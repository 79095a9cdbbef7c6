/**
 * Decodes SearchResultEntry messages (RFC 4511 section 4.5.2) straight to text, for the attributes that are wanted.
 */
import { isUtf8 } from 'node:buffer';
import type { RawValue, RawValues } from '../../directory/validate.ts';
import type { BerReader } from './message-reader.ts';

const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;
const SET = 0x31;

const NONE: RawValues = [];

export interface DecodedEntry {
  readonly dn: string;
  /** The values of an attribute, named in lower case; none when the entry has none or shows none. */
  values(attribute: string): RawValues;
}

export class EntryDecoder {
  readonly #wanted: ReadonlySet<string>;
  /** By the name as the server spells it; undefined for what nobody wants. */
  readonly #known = new Map<string, string | undefined>();

  /** @param attributes in lower case: servers answer in the case of their schema, not of the request */
  constructor(attributes: readonly string[]) {
    this.#wanted = new Set(attributes);
  }

  /** @param message entered into the entry */
  decode(message: BerReader): DecodedEntry {
    const dn = readDn(message);
    const values = new Map<string, RawValues>();
    message.enter(SEQUENCE);
    while (!message.atEnd) {
      const outer = message.enter(SEQUENCE);
      const attribute = this.#recognize(message.ascii(OCTET_STRING));
      if (attribute !== undefined) values.set(attribute, readValues(message));
      message.leave(outer);
    }
    return { dn, values: (attribute) => values.get(attribute) ?? NONE };
  }

  #recognize(spelling: string): string | undefined {
    if (this.#known.has(spelling)) return this.#known.get(spelling);
    const name = spelling.toLowerCase();
    const attribute = this.#wanted.has(name) ? name : undefined;
    this.#known.set(spelling, attribute);
    return attribute;
  }
}

/** A DN that is no UTF-8 is shown all the same, and still differs from every other. */
function readDn(message: BerReader): string {
  const bytes = message.bytes(OCTET_STRING);
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

function readValues(message: BerReader): RawValue[] {
  const values: RawValue[] = [];
  message.enter(SET);
  while (!message.atEnd) values.push(message.text(OCTET_STRING));
  return values;
}
