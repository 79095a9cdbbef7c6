import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quote } from '../../src/directory/rejection.ts';

describe('quote', () => {
  test.each([
    ['a word', 'alice', '"alice"'],
    ['nothing', '', '""'],
    ['a space', 'alice smith', '"alice smith"'],
    ['a quote', 'al"ice', String.raw`"al\"ice"`],
    ['a backslash', String.raw`al\ice`, String.raw`"al\\ice"`],
    ['a newline', 'al\nice', String.raw`"al\u{a}ice"`],
    ['an escape sequence', '\u001b[31m', String.raw`"\u{1b}[31m"`],
    ['an umlaut', 'ü', String.raw`"\u{fc}"`],
    ['a bidirectional override', '\u202e', String.raw`"\u{202e}"`],
    ['an emoji, as one character', '😀', String.raw`"\u{1f600}"`],
    ['half an emoji', '\ud83d', String.raw`"\u{d83d}"`],
    ['80 characters, all of them', 'x'.repeat(80), `"${'x'.repeat(80)}"`],
    ['81 characters, cut', 'x'.repeat(81), `"${'x'.repeat(80)}…"`],
  ])('shows %s', (_what, text, shown) => {
    expect(quote(text)).toBe(shown);
  });

  test('keeps every text on one line and out of the terminal', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.oneof(fc.nat(0xff), fc.nat(0xffff)).map((code) => String.fromCharCode(code)), maxLength: 200 }),
        (text) => {
          expect(quote(text)).toMatch(/^"[\x20-\x7e]*…?"$/);
        },
      ),
    );
  });

  test('can be undone for a text that is not cut', () => {
    const character = fc.oneof(
      fc.constantFrom('a', '"', '\\', 'u', '{', '}', '\n', 'ü', '😀'),
      fc.nat(0xff).map((code) => String.fromCharCode(code)),
    );
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 20 }), (text) => {
        expect(unquote(quote(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});

function unquote(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replaceAll(/\\u\{([0-9a-f]+)\}|\\(["\\])/g, (_, code?: string, character = '') =>
      code === undefined ? String(character) : String.fromCodePoint(Number.parseInt(code, 16)),
    );
}
