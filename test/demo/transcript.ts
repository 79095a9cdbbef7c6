/**
 * A readable session on the terminal: a sentence, a command, what the command really printed.
 */
import { styleText } from 'node:util';
import type { ProgramResult } from '../support/running-program.ts';
import { Refusal } from './entry-point.ts';

/** Runs a line of sh with stderr in its stdout, where both belong on a terminal. */
export type Shell = (line: string) => Promise<ProgramResult>;

type Style = Parameters<typeof styleText>[0];

export class Transcript {
  readonly #shell: Shell;
  readonly #signal: AbortSignal;
  readonly #isColoured = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';

  constructor(shell: Shell, signal: AbortSignal) {
    this.#shell = shell;
    this.#signal = signal;
  }

  title(text: string): void {
    this.#print(`\n${this.#style(['bold', 'cyan'], `== ${text}`)}\n`);
  }

  say(sentence: string): void {
    this.#print(`\n${this.#style('italic', sentence)}\n`);
  }

  /** What the reader may type. */
  show(lines: string): void {
    this.#print(`\n${lines.replaceAll(/^/gm, '  ')}\n`);
  }

  /** @throws Refusal for any other exit status than this, and when the session was interrupted */
  async run(line: string, expectedStatus = 0): Promise<void> {
    this.#signal.throwIfAborted();
    this.#print(`${this.#style('green', '$')} ${this.#style('bold', line)}\n`);
    const { status, signal, stdout } = await this.#shell(line);
    this.#signal.throwIfAborted();
    const note = status === 0 ? '(no output)' : `(${signal ?? `exit status ${status}`})`;
    this.#print(`${stdout}${stdout === '' || status !== 0 ? `${this.#style('dim', note)}\n` : ''}`);
    if (status === expectedStatus) return;
    throw new Refusal(`"${line}" ended with ${signal ?? `status ${status}`}, where status ${expectedStatus} was expected`);
  }

  #style(style: Style, text: string): string {
    return this.#isColoured ? styleText(style, text, { validateStream: false }) : text;
  }

  #print(text: string): void {
    process.stdout.write(text);
  }
}
