/**
 * What a terminal can show: how wide it is, and whether it has colours. Nothing of this counts for a file or a pipe.
 */
import { terminalSize } from './render.ts';
import { wrap } from './rows.ts';

export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly hasColours: boolean;
}

export type Colour = 'red' | 'yellow' | 'green';

const CODES: Readonly<Record<Colour, string>> = { red: '31', yellow: '33', green: '32' };

/** Longer lines are hard to read. */
const WIDTH_MAX = 120;
/** Narrower, nothing would be readable in two columns. */
const WIDTH_MIN = 40;

/** Undefined when stdout is no terminal. */
export function screenOf(env: Readonly<Record<string, string | undefined>>): Screen | undefined {
  const size = terminalSize();
  if (size === undefined) return undefined;
  const [columns, rows] = size;
  return { width: Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, columns)), height: rows, hasColours: wantsColours(env) };
}

/** @see https://no-color.org: when it is there and not empty, whatever it says */
function wantsColours({ NO_COLOR: noColour = '', TERM: term = '' }: Readonly<Record<string, string | undefined>>): boolean {
  return noColour === '' && term !== 'dumb';
}

export function colour(shade: Colour, text: string, screen: Screen | undefined): string {
  return screen?.hasColours === true ? `\u001b[${CODES[shade]}m${text}\u001b[0m` : text;
}

/** In lines that fit; one line where there is no screen. */
export function wrapped(line: string, screen: Screen | undefined): readonly string[] {
  return screen === undefined ? [line] : wrap(line, screen.width);
}
