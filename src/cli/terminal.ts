/**
 * A person at the terminal, who is asked what was not said. A line is read as it was typed; nothing is asked that must not be seen.
 */
import { createInterface } from 'node:readline';
import { isatty } from 'node:tty';
import { HoldfastError } from '../errors.ts';
import type { Output } from './render.ts';

export interface Terminal extends Disposable {
  readonly ask: (question: string) => Promise<string>;
}

/** Undefined unless both what is typed and what is asked goes to one. */
export function openTerminal(output: Output, signal: AbortSignal): Terminal | undefined {
  if (!isatty(0) || !isatty(2)) return undefined;
  const lines = createInterface({ input: process.stdin, terminal: false });
  const typed = lines[Symbol.asyncIterator]();
  // Waiting for a line would otherwise go on behind Ctrl-C.
  const onAbort = (): void => lines.close();
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    ask: async (question) => {
      output.question(question);
      const { done, value } = await typed.next();
      signal.throwIfAborted();
      if (done === true) throw new HoldfastError('usage', 'init: the terminal was closed before everything was answered');
      return value;
    },
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', onAbort);
      lines.close();
    },
  };
}
