/**
 * Distinguished names (RFC 4514), only as far as comparing two of them and reading the first RDN needs.
 */

interface AttributeValue {
  readonly type: string;
  readonly value: string;
}

/**
 * A string that is equal for equal DNs: case, the spaces around separators, the order within a multi-valued RDN and the way
 * of escaping do not count. Undefined when the text is no DN. (All naming attributes in use here match without case.)
 */
export function canonicalDn(dn: string): string | undefined {
  const rdns: string[] = [];
  for (const rdn of splitUnescaped(dn, ',')) {
    const values = parseRdn(rdn);
    if (values === undefined) return undefined;
    rdns.push(values.map(canonicalValue).sort().join('\u0001'));
  }
  return rdns.join('\u0000');
}

/** The values of the first RDN for an attribute type: `["alice"]` for `uid=alice,ou=people` and `uid`. */
export function rdnValues(dn: string, type: string): readonly string[] {
  const [first = ''] = splitUnescaped(dn, ',');
  const wanted = type.toLowerCase();
  return (parseRdn(first) ?? []).filter((pair) => pair.type === wanted).map((pair) => pair.value);
}

function canonicalValue({ type, value }: AttributeValue): string {
  return `${type}=${value.toLowerCase().replaceAll(/\s+/g, ' ')}`;
}

function parseRdn(rdn: string): AttributeValue[] | undefined {
  const pairs: AttributeValue[] = [];
  for (const part of splitUnescaped(rdn, '+')) {
    const equals = part.indexOf('=');
    if (equals < 1) return undefined;
    const type = part.slice(0, equals).trim().toLowerCase();
    pairs.push({ type, value: unescapeValue(part.slice(equals + 1)) });
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

/** `\2c` is a byte in hexadecimal, `\,` the character; runs of bytes are UTF-8. */
function unescapeValue(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.includes('\\')) return trimmed;
  return trimmed.replaceAll(/(?:\\[0-9a-fA-F]{2})+/g, (run) => decodeHex(run.replaceAll('\\', ''))).replaceAll(/\\(.)/gs, '$1');
}

function decodeHex(hex: string): string {
  return new TextDecoder().decode(Uint8Array.fromHex(hex)).replaceAll('\\', '\\\\');
}
