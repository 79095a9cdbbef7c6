/**
 * What smol-toml says of a text that is no TOML, for somebody who has to mend it. The line itself is not quoted: it may hold a secret.
 */
import type { TomlError } from 'smol-toml';
import { quote } from '../directory/rejection.ts';

export function describeSyntaxError({ message, line, column }: TomlError, text: string): string {
  const [reason = ''] = message.replace(/^Invalid TOML document: /, '').split('\n');
  const rest = text.split('\n')[line - 1]?.slice(column - 1) ?? '';
  if (reason.includes('already defined')) return describeDuplicate(rest);
  if (rest.trim() === '' && reason.startsWith('invalid value')) return 'a value is missing; wanted: key = value';
  if (reason.startsWith('invalid value')) return `${reason}; wanted: a text in quotes, a number, true, false, a [list] or a { table }`;
  if (reason.includes('end-of-line')) return `${reason}; wanted: one key a line, and texts between quotes`;
  return reason.startsWith('incomplete key-value') ? 'a key without "="; wanted: key = value' : reason;
}

/** @param rest from the key on */
function describeDuplicate(rest: string): string {
  const name = /^[^=\]#{]*/.exec(rest)?.[0].trim() ?? '';
  const [what, wanted] = rest.slice(name.length).trimStart().startsWith(']')
    ? [`the table [${name}]`, 'one table with all of its keys']
    : [`the key ${quote(name)}`, 'one of them'];
  return `${what} is there already, further up; wanted: ${wanted}`;
}
