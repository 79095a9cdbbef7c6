/**
 * One screen, drawn anew every few seconds until somebody interrupts it.
 *
 * Each drawing goes out in one piece and over the one before, line by line, so that nothing flickers; the terminal's own content comes
 * back in the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import type { Output } from './render.ts';
import { type Screen, screenOf } from './screen.ts';

export interface Watching {
  readonly seconds: number;
  readonly signal: AbortSignal;
}

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const END_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';

/** @throws HoldfastError `usage` when stdout is no terminal */
export async function watchScreen(output: Output, { seconds, signal }: Watching, draw: (screen: Screen) => string): Promise<ExitStatus> {
  if (screenOf(process.env) === undefined) {
    throw new HoldfastError('usage', '--watch wants a terminal for its output', {
      hints: ['for a file or a pipe: holdfast status, or --json'],
    });
  }
  output.result(ENTER);
  try {
    while (!signal.aborted) {
      const screen = screenOf(process.env);
      if (screen === undefined) break;
      output.result(frame(draw(screen), screen, seconds));
      await sleep(seconds * 1000, undefined, { signal }).catch(ignoreAbort);
    }
  } finally {
    output.result(LEAVE);
  }
  return exitStatus.ok;
}

/** What does not fit is left out and counted: a terminal that scrolls would flicker. */
function frame(text: string, { height }: Screen, seconds: number): string {
  const lines = text.trimEnd().split('\n');
  const footer = `every ${seconds} s; Ctrl-C ends it`;
  const room = Math.max(1, height - 2);
  const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines: holdfast status`];
  return `${HOME}${[...shown, '', footer].map((line) => `${line}${END_OF_LINE}`).join('\n')}${REST_OF_SCREEN}`;
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}
