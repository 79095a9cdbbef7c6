import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { safeText } from '../../src/directory/text.ts';

describe('safeText', () => {
  test.each([
    ['plain text', 'Alice Smith, Room 7'],
    ['umlauts, Greek, Chinese', 'Jörg Ωmega 東京'],
    ['an emoji of two UTF-16 units', 'Alice 😀'],
    ['a combining accent', 'Ame\u0301lie'],
    ['nothing', ''],
  ])('keeps %s', (_what, text) => {
    expect(safeText(text, 128)).toBe(text);
  });

  test.each([
    ['a colon: the next field', 'Alice:x:0', 'Alice x 0'],
    ['a newline: the next record', 'Alice\nroot', 'Alice root'],
    ['a carriage return', 'Alice\rroot', 'Alice root'],
    ['a NUL', 'Alice\0root', 'Alice root'],
    ['an escape sequence', 'Alice\u001b[31m', 'Alice [31m'],
    ['a C1 control character', 'Alice\u009b31m', 'Alice 31m'],
    ['DEL', 'Alice\u007fx', 'Alice x'],
    ['NEL, a line end to some', 'Alice\u0085root', 'Alice root'],
    ['the line separator', 'Alice\u2028root', 'Alice root'],
    ['a bidirectional override', 'Alice\u202eecilA', 'Alice ecilA'],
    ['a bidirectional isolate', 'Alice\u2066x\u2069', 'Alice x'],
    ['a zero-width space', 'Ali\u200bce', 'Ali ce'],
    ['a soft hyphen', 'Ali\u00adce', 'Ali ce'],
    ['a byte order mark', '\ufeffAlice', 'Alice'],
    ['tag characters', 'Alice\u{e0041}', 'Alice'],
    ['private use characters', 'Alice\ue000x', 'Alice x'],
    ['what a lenient decoder left', 'M\ufffdller', 'M ller'],
    ['a Hangul filler, a letter that shows nothing', 'Alice\u3164x', 'Alice x'],
    ['an empty Braille pattern', 'Alice\u2800x', 'Alice x'],
    ['a combining grapheme joiner', 'Alice\u034fx', 'Alice x'],
    ['half an emoji', 'Alice\ud83d', 'Alice'],
    ['several of them in a row', 'Alice\n\0:\u202eBob', 'Alice Bob'],
  ])('makes a space of %s', (_what, text, safe) => {
    expect(safeText(text, 128)).toBe(safe);
  });

  test.each([
    ['outer spaces', '  Alice  ', 'Alice'],
    ['runs of spaces', 'Alice   Smith', 'Alice Smith'],
    ['runs of other spaces', 'Alice\u00a0\u3000Smith', 'Alice Smith'],
    ['only colons', ':::', ''],
    ['a mark with no letter before it', '\u0301Alice', 'Alice'],
    ['all but four marks of a flood', `A${'\u0301'.repeat(60)}lice`, `A${'\u0301'.repeat(4)}lice`],
  ])('takes away %s', (_what, text, safe) => {
    expect(safeText(text, 128)).toBe(safe);
  });

  test.each([
    ['nothing at the limit', 'x'.repeat(8), 'x'.repeat(8)],
    ['one character above it', 'x'.repeat(9), 'x'.repeat(8)],
    ['a space that the cut leaves at the end', 'xxxxxxx x', 'xxxxxxx'],
    ['an emoji whole, never half', 'xxxxxxx😀', 'xxxxxxx'],
    ['nothing of a text that unsafe characters made long', `${':'.repeat(20)}Alice`, 'Alice'],
    ['at twice as many bytes', '東京東京東京東京', '東京東京東'],
    ['a megabyte', ':'.repeat(1 << 20), ''],
  ])('cuts %s', (_what, text, safe) => {
    expect(safeText(text, 8)).toBe(safe);
  });

  test('is safe, short, well-formed and stable for every text', () => {
    const units = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
      fc.string({ unit: fc.constantFrom('a', ' ', ':', '\n', '\u3000', '😀', '\ud83d', '\u200b', '\ufeff', '\u0301', '東', '\u3164') }),
    );
    fc.assert(
      fc.property(units, fc.integer({ min: 1, max: 12 }), (text, maxLength) => {
        const safe = safeText(text, maxLength);
        expect(safe.length).toBeLessThanOrEqual(maxLength);
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(maxLength * 2);
        expect(safe.isWellFormed()).toBe(true);
        expect(safe).not.toMatch(/^\p{M}|\p{M}{5}/u);
        expect(Array.from(safe).filter(isUnsafe)).toEqual([]);
        expect(safe).toBe(safe.trim());
        expect(safeText(safe, maxLength)).toBe(safe);
      }),
      { numRuns: 2000 },
    );
  });

  test('keeps the letters of a text in their order', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', 'é', ' ', ':', '\n'), maxLength: 30 }), (text) => {
        expect(lettersOf(safeText(text, 30))).toBe(lettersOf(text));
      }),
    );
  });
});

function lettersOf(text: string): string {
  return text
    .split('')
    .filter((character) => 'abé'.includes(character))
    .join('');
}

/** What ends a field or line, drives a terminal or hides itself: by number, from the Unicode tables, as far as assigned. */
const UNSAFE: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x1f],
  [0x3a, 0x3a],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2064],
  [0x2066, 0x206f],
  [0xd800, 0xf8ff],
  [0xfeff, 0xfeff],
  [0xfffd, 0xfffd],
  [0xe0001, 0xe0001],
  [0xe0020, 0xe007f],
];

function isUnsafe(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return UNSAFE.some(([first, last]) => code >= first && code <= last);
}
