import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { helpOf, leafCommands, newProgram } from '../support/command-tree.ts';

/** What a shell would hand to holdfast: without what stands before a pipe, behind a redirection, or as a comment. */
function argumentsIn(line: string): string[] {
  const [command = ''] = line
    .replace(/^.*\| (?=holdfast )/, '')
    .trim()
    .split(/ {2,}| > | && |; /);
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '').slice(1);
}

function exampleLines(command: Command): string[] {
  return helpOf(command)
    .split('\n')
    .filter((line) => /^ {2}(?:\S.* \| )?holdfast /.test(line));
}

/** The program with commands that do nothing, so that only the parser has a say. */
function withoutActions(program: Command): Command {
  for (const { command } of leafCommands(program)) command.action(() => undefined);
  return program;
}

async function parse(line: string): Promise<void> {
  const program = withoutActions(newProgram());
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) {
    command.exitOverride().configureOutput({ writeErr: () => undefined, outputError: () => undefined });
  }
  await program.parseAsync(argumentsIn(line), { from: 'user' });
}

describe('--help', () => {
  test.each(leafCommands())('of "$path" has examples, no line wider than a terminal', ({ path, command }) => {
    expect(exampleLines(command), `add examples of "${path}" to src/cli/examples.ts`).not.toEqual([]);
    expect(exampleLines(command).filter((line) => line.length > 79)).toEqual([]);
    expect(exampleLines(command).some((line) => ` ${argumentsIn(line).join(' ')} `.includes(` ${path} `))).toBe(true);
  });

  const examples = [{ path: 'holdfast', command: newProgram() }, ...leafCommands()].flatMap(({ path, command }) =>
    exampleLines(command).map((line) => [path, line.trim()] as const),
  );
  test.each(examples)('of "%s" has an example that parses: %s', async (_path, line) => {
    await parse(line);
  });
});

describe('the parser of examples', () => {
  test.each([
    'holdfast snyc',
    'holdfast sync --now',
    'holdfast keys',
    'holdfast why a b',
    'holdfast wiring ssh-config',
    'x | holdfast who',
  ])('refuses %s', async (line) => {
    await expect(parse(line)).rejects.toThrow();
  });
});
