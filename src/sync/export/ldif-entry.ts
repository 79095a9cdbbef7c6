/**
 * One entry of LDIF: plain ASCII lines of at most 76 characters, base64 for what LDIF cannot hold as it stands.
 *
 * @see RFC 2849, SAFE-STRING and note 2 (folding)
 */
export type LdifAttribute = readonly [description: string, value: string | number];

const LINE_MAX_LENGTH = 76;
/** Printable ASCII; neither a space, ":" or "<" first nor a space last. */
const SAFE = /^(?:[\x21-\x39\x3b\x3d-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/;

/** With the blank line that ends it. */
export function formatLdifEntry(dn: string, attributes: readonly LdifAttribute[]): string {
  const lines = [['dn', dn] as const, ...attributes].map(([description, value]) => fold(formatLine(description, String(value))));
  return `${lines.join('')}\n`;
}

function formatLine(description: string, value: string): string {
  if (value === '') return `${description}:`;
  return SAFE.test(value) ? `${description}: ${value}` : `${description}:: ${Buffer.from(value).toString('base64')}`;
}

function fold(line: string): string {
  let folded = `${line.slice(0, LINE_MAX_LENGTH)}\n`;
  for (let start = LINE_MAX_LENGTH; start < line.length; start += LINE_MAX_LENGTH - 1) {
    folded += ` ${line.slice(start, start + LINE_MAX_LENGTH - 1)}\n`;
  }
  return folded;
}
