/**
 * The command line as the shells complete it: commands, what they take, and what goes where, read from the program itself.
 */
import type { Argument, Command, Option } from 'commander';
import { createProgram } from '../src/cli/program.ts';
import { CATALOGUE } from '../src/sync/explain/catalogue.ts';

/** What may stand in a place: something that the shell finds, or one of these words. */
export type Operand = 'nothing' | 'login' | 'group' | 'file' | 'folder' | 'generation' | readonly string[];

export interface Flag {
  /** `--json`; all of its spellings. */
  readonly names: readonly string[];
  readonly purpose: string;
  /** Undefined: it takes no value. */
  readonly value?: Operand;
}

export interface Word {
  readonly name: string;
  readonly purpose: string;
}

/** One place on the command line, by the words that lead there. */
export interface Place {
  /** `''`, `approve`, `approve uid`. */
  readonly path: string;
  readonly words: readonly Word[];
  readonly flags: readonly Flag[];
  readonly operand: Operand;
}

/** What the names of values and arguments in the program stand for. One that is not here is completed with nothing. */
const OPERANDS: Readonly<Record<string, Operand>> = {
  login: 'login',
  who: 'login',
  user: 'login',
  group: 'group',
  file: 'file',
  key: 'file',
  dir: 'folder',
  generation: 'generation',
};

const HELP: Flag = { names: ['-h', '--help'], purpose: 'display help for command' };

export function readGrammar(): Place[] {
  const program = createProgram(() => undefined, new AbortController().signal);
  const general = program.options.map((option) => flagOf(option, ''));
  const everywhere = general.filter(({ names }) => !names.includes('--version'));
  return placesOf(program, '', everywhere).map((place) => (place.path === '' ? { ...place, flags: [...general, HELP] } : place));
}

function placesOf(command: Command, path: string, everywhere: readonly Flag[]): Place[] {
  const place: Place = {
    path,
    words: command.commands.map((one) => ({ name: one.name(), purpose: shortened(one.description()) })),
    flags: [...command.options.map((option) => flagOf(option, path)), ...everywhere, HELP],
    operand: operandOf(command.registeredArguments[0], path),
  };
  const inner = command.commands.flatMap((one) => placesOf(one, path === '' ? one.name() : `${path} ${one.name()}`, everywhere));
  return [place, ...inner];
}

function flagOf({ short, long, description, required, optional, argChoices, flags }: Option, path: string): Flag {
  const names = [short, long].filter((name) => name !== undefined);
  const flag = { names, purpose: shortened(description) };
  if (!required && !optional) return flag;
  const name = /<([\w-]+)/.exec(flags)?.[1] ?? '';
  return { ...flag, value: argChoices ?? wordsFor(name, path) };
}

function operandOf(argument: Argument | undefined, path: string): Operand {
  return argument === undefined ? 'nothing' : (argument.argChoices ?? wordsFor(argument.name(), path));
}

function wordsFor(name: string, path: string): Operand {
  if (name === 'code') return codes(path === 'quarantine');
  return OPERANDS[name] ?? 'nothing';
}

function codes(ofQuarantine: boolean): readonly string[] {
  const groups = ofQuarantine ? CATALOGUE.filter(({ name }) => name === 'withheld') : CATALOGUE;
  return groups.flatMap(({ explanations }) => Object.keys(explanations));
}

/** For one line beside a word. */
function shortened(text: string): string {
  return (text.split(/[;:(]/)[0] ?? '').trim();
}
