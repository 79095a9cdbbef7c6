/**
 * Text that another machine has sent, for one line of an error.
 */

/** Control characters drive a terminal, format characters make one text look like another. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]+/gu;
const MAX_LENGTH = 300;

export function serverText(text: string): string {
  const clean = text
    .slice(0, MAX_LENGTH * 4)
    .replaceAll(UNPRINTABLE, ' ')
    .trim();
  return clean.length > MAX_LENGTH ? `${clean.slice(0, MAX_LENGTH).toWellFormed()}…` : clean;
}
