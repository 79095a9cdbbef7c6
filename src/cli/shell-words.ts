/**
 * Words that a person pastes into a shell, whatever bytes they are made of.
 */

const PLAIN = /^[A-Za-z0-9_./,:@%+=-]+$/;
const PRINTABLE = /^[\x20-\x7e]*$/;

/** Control characters and bytes beyond ASCII, which a terminal might obey, are written as bash, ksh and zsh read them: `$'\x1b'`. */
export function shellWord(word: Buffer | string): string {
  const text = Buffer.from(word).toString('latin1');
  if (PLAIN.test(text)) return text;
  if (PRINTABLE.test(text)) return `'${text.replaceAll("'", String.raw`'\''`)}'`;
  return `$'${text.replaceAll(/[^\x20-\x7e]|['\\]/g, escapeByte)}'`;
}

function escapeByte(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
