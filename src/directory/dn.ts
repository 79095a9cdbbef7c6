/**
 * Distinguished names (RFC 4514), only as far as comparing two of them and reading the first RDN needs.
 */

export interface AttributeValue {
  readonly type: string;
  readonly value: string;
}

/**
 * A string that is equal for equal DNs: case, the spaces around separators, the order within a multi-valued RDN and the way
 * of escaping do not count. Undefined when the text is no DN. (All naming attributes in use here match without case.)
 */
export function canonicalDn(dn: string): string | undefined {
  const rdns: string[][] = [];
  for (const rdn of splitUnescaped(dn, ',')) {
    const values = parseRdn(rdn);
    if (values === undefined) return undefined;
    rdns.push(values.map(canonicalValue).sort());
  }
  // JSON, since no character is left to separate by: a value may hold any, escaped.
  return JSON.stringify(rdns);
}

/** Of the first RDN; undefined where the text is no DN. */
export function firstRdn(dn: string): readonly AttributeValue[] | undefined {
  const [first = ''] = splitUnescaped(dn, ',');
  return canonicalDn(dn) === undefined ? undefined : parseRdn(first);
}

/** The values of the first RDN for an attribute type: `["alice"]` for `uid=alice,ou=people` and `uid`. */
export function rdnValues(dn: string, type: string): readonly string[] {
  const [first = ''] = splitUnescaped(dn, ',');
  const wanted = type.toLowerCase();
  return (parseRdn(first) ?? []).filter((pair) => pair.type === wanted).map((pair) => pair.value);
}

function canonicalValue({ type, value }: AttributeValue): string {
  return `${type}=${value.toLowerCase().replaceAll(/ +/g, ' ')}`;
}

function parseRdn(rdn: string): AttributeValue[] | undefined {
  const pairs: AttributeValue[] = [];
  for (const part of splitUnescaped(rdn, '+')) {
    const equals = part.indexOf('=');
    const type = part.slice(0, Math.max(0, equals)).trim().toLowerCase();
    const value = unescapeValue(part.slice(equals + 1));
    if (type === '' || value === undefined) return undefined;
    pairs.push({ type, value });
  }
  return pairs;
}

function splitUnescaped(text: string, separator: string): string[] {
  if (!text.includes('\\')) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === separator) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** A run of bytes in hexadecimal, one escaped character, an unescaped run, or a backslash that escapes nothing. */
const PIECE = /((?:\\[0-9a-fA-F]{2})+)|\\([^0-9a-fA-F])|([^\\]+)|\\/gsu;

/** `\2c` is a byte in hexadecimal, `\,` the character; runs of bytes are UTF-8. Undefined for a value that is none. */
function unescapeValue(text: string): string | undefined {
  // Spaces around a value do not count, unless the last one is escaped.
  const trimmed = text
    .replace(/^ +/, '')
    .replace(/(?<![\\ ]) +$/, '')
    .replace(/(\\ ) +$/, '$1');
  if (!trimmed.includes('\\')) return trimmed;
  let value = '';
  for (const [, bytes, character, plain] of trimmed.matchAll(PIECE)) {
    const piece = bytes === undefined ? (character ?? plain) : decodeHex(bytes.replaceAll('\\', ''));
    if (piece === undefined) return undefined;
    value += piece;
  }
  return value;
}

function decodeHex(hex: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.fromHex(hex));
  } catch {
    return undefined;
  }
}
