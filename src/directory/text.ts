/**
 * Free text of a directory (GECOS, key comments), reduced to what is safe in a colon-separated line and on a terminal.
 */

/**
 * `:` ends a field, control characters end a line or drive a terminal, bidirectional controls and characters of no width
 * make a name look like another (Unicode TR 36), `\ufffd` is what a lenient decoder left, lone surrogates cannot be written as
 * UTF-8. Hangul fillers and the empty Braille pattern are letters and symbols to Unicode, and show nothing.
 */
const UNSAFE = /[:\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\ufffd]+/gu;
const SPACES = /\s{2,}/gu;
/** No script puts more marks on one letter; a flood of them covers the lines above and below. */
const MARK_FLOOD = /(\p{M}{4})\p{M}+/gu;
/** With no letter before it, a mark would sit on the `:` of the field before. */
const LEADING = /^[\s\p{M}]+/u;
/** The common case, decided without building a string: printable ASCII without `:` and double or outer spaces. */
const PLAIN = /^(?:[\x21-\x39\x3b-\x7e]+(?: [\x21-\x39\x3b-\x7e]+)*)?$/;

const encoder = new TextEncoder();

/**
 * Unsafe characters become one space, runs of spaces collapse, and the text ends after `maxLength` UTF-16 units, or after
 * twice as many bytes: readers of passwd(5) with a buffer of 1 kB must be able to hold the line.
 */
export function safeText(text: string, maxLength: number): string {
  if (text.length <= maxLength && PLAIN.test(text)) return text;
  const clean = beginningOf(text, maxLength * 4)
    .replaceAll(UNSAFE, ' ')
    .replaceAll(MARK_FLOOD, '$1')
    .replaceAll(SPACES, ' ')
    .replace(LEADING, '')
    .trimEnd();
  return truncate(clean, maxLength);
}

/** A copy: a slice would keep all ten megabytes of a hostile text in memory for the hundred characters that are shown. */
function beginningOf(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).split('').join('');
}

function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength && text.length * 3 <= maxLength * 2) return text;
  let cut = text.slice(0, maxLength);
  const { read } = encoder.encodeInto(cut, new Uint8Array(maxLength * 2));
  // A lone half at the end is read as the three bytes of U+FFFD.
  cut = cut.slice(0, read);
  return (cut.isWellFormed() ? cut : cut.slice(0, -1)).trimEnd();
}
