/**
 * The words of TOML, as far as it takes to step over them: each function returns the offset behind what it has read.
 *
 * Every one moves on by at least one character, so that no text keeps a reader busy for ever.
 */

/** A bare or quoted key, with its escapes resolved. */
export function readTomlKey(text: string, at: number): { readonly name: string; readonly next: number } {
  const quote = text[at];
  if (quote !== '"' && quote !== "'") {
    const name = match(/[A-Za-z0-9_-]+/y, text, at);
    return { name, next: at + Math.max(1, name.length) };
  }
  const next = skipString(text, at);
  const inner = text.slice(at + 1, next - 1);
  return { name: quote === '"' ? unescape(inner) : inner, next };
}

/** White space, line ends, comments. */
export function skipBlank(text: string, at: number): number {
  return at + match(/(?:[ \t\r\n\uFEFF]|#[^\n]*)*/y, text, at).length;
}

/** Any of the four kinds. A text of several lines may end in one or two quotes of its own before the three that close it. */
export function skipString(text: string, at: number): number {
  const quote = text[at] ?? '';
  const isLong = text.startsWith(quote.repeat(3), at);
  const end = quote.repeat(isLong ? 3 : 1);
  for (let next = at + end.length; next < text.length; next += 1) {
    if (quote === '"' && text[next] === '\\') next += 1;
    else if (text.startsWith(end, next)) return next + (isLong ? match(/["']{3,5}/y, text, next).length : 1);
  }
  return text.length;
}

/** Numbers, dates (which may hold a space) and truth values: up to what ends any value. */
export function skipBare(text: string, at: number): number {
  return at + Math.max(1, match(/[^,\]}#\r\n]*/y, text, at).length);
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\u001b', '"': '"', '\\': '\\' };

function unescape(text: string): string {
  return text.replaceAll(/\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g, (_all, x, u, long, one) => {
    const hex = [x, u, long].find((digits): digits is string => typeof digits === 'string');
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return ESCAPES[String(one)] ?? String(one);
  });
}

/** @param pattern sticky */
function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
