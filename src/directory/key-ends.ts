/**
 * When keys end by their `expiry-time="…"`, told from their lines: whole directories may get an end, so most lines are not parsed.
 */
import { type AuthorizedKey, parseAuthorizedKey } from './authorized-key.ts';
import { type KeyLines, splitKeyLines } from './key-lines.ts';
import { Invalid } from './rejection.ts';

/** Fourteen digits, as sshd reads them: of two ends of one host the greater is the later. */
export type KeyEnd = string;

const NAME = 'expiry-time';
const OPENING = `${NAME}="`;
const DIGITS = 14;

/** When the last of them ends; undefined when one has no end. */
export function lastEndOf(lines: KeyLines): KeyEnd | undefined {
  if (!lines.includes(NAME)) return undefined;
  const ends = splitKeyLines(lines).map(endOfLine);
  return ends.reduce((last, end) => (last === undefined || end === undefined ? undefined : laterOf(last, end)));
}

/** Whether what ended then, or never, ends now before that. */
export function endsEarlier<End extends KeyEnd | number>(after: End | undefined, before: End | undefined): boolean {
  return after !== undefined && (before === undefined || after < before);
}

function laterOf(one: KeyEnd, other: KeyEnd): KeyEnd {
  return one > other ? one : other;
}

/** Ours stands first; any other is looked for among all options. */
function endOfLine(line: string): KeyEnd | undefined {
  if (line.startsWith(OPENING) && !line.includes(NAME, OPENING.length)) return digitsOf(line.slice(OPENING.length));
  if (!line.includes(NAME)) return undefined;
  const key = parseAuthorizedKey(line);
  return key instanceof Invalid ? undefined : firstEndOf(key);
}

/** Of several sshd takes the earliest. */
function firstEndOf({ options }: AuthorizedKey): KeyEnd | undefined {
  const ends = options.filter(({ name }) => name === NAME).map(({ value = '' }) => digitsOf(value));
  return ends.length === 0 ? undefined : ends.reduce((first, end) => (end < first ? end : first));
}

function digitsOf(text: string): KeyEnd {
  return (/^[0-9]*/.exec(text)?.[0] ?? '').slice(0, DIGITS).padEnd(DIGITS, '0');
}
