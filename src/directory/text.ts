/**
 * Free text of a directory (GECOS, key comments), reduced to what is safe in a colon-separated line and on a terminal.
 */

/**
 * `:` ends a field, control characters end a line or drive a terminal, bidirectional controls and zero-width characters
 * make a name look like another (Unicode TR 36), `\ufffd` is what a lenient decoder left, lone surrogates cannot be written as UTF-8.
 */
const UNSAFE = /[:\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\ufffd]+/gu;
const SPACES = /\s{2,}/gu;
/** The common case, decided without building a string: printable ASCII without `:` and double or outer spaces. */
const PLAIN = /^(?:[\x21-\x39\x3b-\x7e]+(?: [\x21-\x39\x3b-\x7e]+)*)?$/;

/** Unsafe characters become one space, runs of spaces collapse, and the text ends after `maxLength` UTF-16 units. */
export function safeText(text: string, maxLength: number): string {
  if (text.length <= maxLength && PLAIN.test(text)) return text;
  const clean = text
    .slice(0, maxLength * 4)
    .replaceAll(UNSAFE, ' ')
    .replaceAll(SPACES, ' ')
    .trim();
  return truncate(clean, maxLength);
}

function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const cut = text.slice(0, maxLength);
  return (cut.isWellFormed() ? cut : cut.slice(0, -1)).trim();
}
