/**
 * The only code that prints. Results go to stdout, everything else to stderr; under systemd both are one journal line an
 * event, with the level that sd-daemon(3) reads and `key=value` fields.
 */
import { fstatSync, writeSync } from 'node:fs';
import { isatty, WriteStream } from 'node:tty';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';

export type Level = 'error' | 'warning' | 'info';

const PRIORITY: Readonly<Record<Level, number>> = { error: 3, warning: 4, info: 6 };

export type Fields = Readonly<Record<string, string | number | undefined>>;

export interface OutputOptions {
  /** The result says everything: nothing of it is said again on stderr. */
  readonly json: boolean;
}

export class Output {
  readonly json: boolean;
  /** stderr is the journal's stream. */
  readonly isJournal: boolean;
  readonly #isTerminal: boolean;
  #progressShown = false;

  constructor({ json }: OutputOptions) {
    this.json = json;
    this.isJournal = isJournalStream(process.env['JOURNAL_STREAM']);
    this.#isTerminal = isatty(2);
  }

  /** A result, as text or JSON. */
  result(text: string | Uint8Array): void {
    this.#clearProgress();
    write(1, text);
  }

  resultJson(value: unknown): void {
    this.result(`${JSON.stringify(value, undefined, 2)}\n`);
  }

  /** One event: a journal line of fields, or a sentence for a person. */
  event(level: Level, text: string, name: string, fields: Fields): void {
    this.#clearProgress();
    if (this.json) return;
    if (this.isJournal) write(2, `<${PRIORITY[level]}>${formatFields({ event: name, ...fields })}\n`);
    else write(2, lines(`holdfast: ${level === 'info' ? '' : `${level}: `}`, text));
  }

  /** One of many for the journal alone: a person at a terminal has the sum, and the file. */
  audit(name: string, fields: Fields): void {
    if (this.isJournal) write(2, `<${PRIORITY.info}>audit ${formatFields({ event: name, ...fields })}\n`);
  }

  hint(text: string): void {
    if (this.json) return;
    if (this.isJournal) write(2, `<${PRIORITY.info}>${formatFields({ event: 'hint', text })}\n`);
    else write(2, lines('holdfast: hint: ', text));
  }

  error(error: HoldfastError, fields: Fields = {}): void {
    this.event('error', error.message, 'error', { code: error.code, detail: error.detail, message: error.message, ...fields });
    for (const hint of error.hints) this.hint(hint);
    this.explains([error.explainedBy]);
  }

  /** Where a person looks on, what says more; a program has the code itself. */
  explains(codes: readonly string[]): void {
    if (codes.length > 0 && !this.json) this.aside(explainHint(codes));
  }

  /** A bug: with its stack, so that it can be reported. */
  bug(error: unknown): void {
    this.#clearProgress();
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    write(2, `${this.isJournal ? `<${PRIORITY.error}>` : ''}holdfast: bug: ${stack}\n`);
    this.hint('this is a defect of holdfast; the caches serve what they served before');
  }

  /** For a person who looks on: a program that reads stderr has no use for it. */
  aside(text: string): void {
    if (this.#isTerminal && !this.isJournal) write(2, lines('holdfast: ', text));
  }

  /** To a person, who types the answer behind it. */
  question(text: string): void {
    this.#clearProgress();
    write(2, `${text}: `);
  }

  /** One line that is overwritten; only on a terminal. */
  progress(text: string): void {
    if (!this.#isTerminal || this.isJournal) return;
    this.#progressShown = true;
    write(2, `\r\u001b[K${text}`);
  }

  #clearProgress(): void {
    if (!this.#progressShown) return;
    this.#progressShown = false;
    write(2, '\r\u001b[K');
  }
}

/** Columns and rows where a result goes to a terminal; a serial console says 0, and is taken for the smallest. */
export function terminalSize(): readonly [number, number] | undefined {
  if (!(process.stdout instanceof WriteStream)) return undefined;
  const [columns, rows] = process.stdout.getWindowSize();
  return [columns > 0 ? columns : 80, rows > 0 ? rows : 24];
}

/** Columns of the line that names the codes: it is typed, and so is not to be broken. */
const HINT_WIDTH = 80 - 'holdfast: '.length;

/** As many codes as fit; the first is the worst. */
function explainHint(codes: readonly string[]): string {
  const [first, ...others] = new Set(codes);
  return others.reduce((hint, code) => {
    const longer = `${hint} ${code}`;
    return longer.length > HINT_WIDTH ? hint : longer;
  }, `hint: holdfast explain ${first}`);
}

/** Every line of a text with the same beginning. */
function lines(prefix: string, text: string): string {
  return text
    .split('\n')
    .map((line) => `${prefix}${line}\n`)
    .join('');
}

function formatFields(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${formatValue(value)}`)
    .join(' ');
}

function formatValue(value: string | number | undefined): string {
  return typeof value === 'string' && !/^[\w.:/+@-]+$/.test(value) ? JSON.stringify(value) : String(value);
}

/** systemd.exec(5): `device:inode` of the stream that leads to the journal. */
function isJournalStream(journalStream: string | undefined): boolean {
  if (journalStream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(2);
    return journalStream === `${dev}:${ino}`;
  } catch {
    // stderr is closed: nobody reads it, in whatever form.
    return false;
  }
}

/** What the command line's parser prints of itself: help, version, and what was wrong with the arguments. */
export const parserOutput = {
  writeOut: (text: string): void => write(1, text),
  writeErr: (text: string): void => write(2, text),
  /** commander's `error: …`, which may have a guess in parentheses on a second line, as ours are. */
  outputError: (text: string): void => {
    const [error = '', ...guesses] = text.trimEnd().split('\n');
    write(2, lines('holdfast: error: ', error.replace(/^error: /, '')));
    for (const guess of guesses) write(2, lines('holdfast: hint: ', guess.replace(/^\(Did you mean (.*)\?\)$/, 'did you mean $1?')));
  },
};

/** Synchronous, so that nothing is lost when the process ends; a reader that has gone away is no error. */
function write(descriptor: number, text: string | Uint8Array): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if (!mayGoOn(descriptor, error)) return;
    }
  }
}

/** Whether another try is worth it. Messages that nobody can read change no outcome; a result that cannot be written is none. */
function mayGoOn(descriptor: number, error: unknown): boolean {
  const code = errnoOf(error);
  if (code === undefined) throw error;
  if (code === 'EAGAIN') {
    waitForReader();
    return true;
  }
  if (descriptor === 2 || code === 'EPIPE' || code === 'EBADF') return false;
  throw new HoldfastError('cache-failed', `cannot write the output: ${messageOf(error)}`, { cause: error });
}

/** A full pipe that somebody made non-blocking: look again in a while, in milliseconds. */
function waitForReader(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}
