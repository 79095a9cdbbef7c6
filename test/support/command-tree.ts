/**
 * The commands that the program has, as manuals, completions and examples are held against.
 */
import type { Argument, Command, Option } from 'commander';
import { createProgram } from '../../src/cli/program.ts';

export interface LeafCommand {
  /** As it is typed behind `holdfast`: `approve uid`. */
  readonly path: string;
  readonly command: Command;
}

export function newProgram(): Command {
  return createProgram(() => undefined, new AbortController().signal);
}

/** Those that do something. */
export function leafCommands(command: Command = newProgram(), path: readonly string[] = []): LeafCommand[] {
  if (command.commands.length === 0) return [{ path: path.join(' '), command }];
  return command.commands.flatMap((one) => leafCommands(one, [...path, one.name()]));
}

/** Its options, without --help, which every command has. */
export function optionsOf(command: Command): readonly Option[] {
  return command.options.filter((option) => !option.hidden);
}

export function argumentsOf(command: Command): readonly Argument[] {
  return command.registeredArguments;
}

export function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}
