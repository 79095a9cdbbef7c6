/**
 * What an operator sees, as one text for a golden file: commands with their output, and the state folder as a tree.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CommandResult, ScratchRoot } from '../cli/command.ts';
import { renderTree } from './state-tree.ts';

const golden = join(import.meta.dirname, '../e2e/golden');

/** What differs from run to run, and what stands for it. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT'],
  [/\bpid \d+/g, 'pid PID'],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/g, 'UUID'],
  [/\b\d+ seconds?\b/g, 'N seconds'],
  [/\(since \d{4}-\d{2}-\d{2}T[\d:.]+Z\)/g, '(since TIME)'],
  [/\b\d+ s:/g, 'N s:'],
  [/\b\d+ bytes\b/g, 'N bytes'],
  [/\b(first seen(?:\s+on)?|since|good until|approved on)(\s+)\d{4}-\d{2}-\d{2}\b/g, '$1$2DATE'],
];

export class Transcript {
  readonly #root: ScratchRoot;
  #text = '';

  constructor(root: ScratchRoot) {
    this.#root = root;
  }

  /** Runs the command and writes down what it says. */
  async run(...args: readonly string[]): Promise<CommandResult> {
    const result = await this.#root.holdfast(...args);
    const { status, stdout, stderr } = result;
    this.#text += `$ holdfast ${args.join(' ')}\nstatus ${status}\n${section('stdout', stdout)}${section('stderr', stderr)}\n`;
    return result;
  }

  /** Writes down something that happens to the host or its directory. */
  note(text: string): void {
    this.#text += `# ${text}\n\n`;
  }

  showState(): void {
    this.#text += `the state folder:\n${indent(renderTree(this.#root.state))}\n`;
  }

  /** With UPDATE=1 the golden file becomes what is seen now. */
  expectGolden(name: string): void {
    const path = join(golden, `${name}.txt`);
    const withoutRoot = `${this.#text.trimEnd()}\n`.replaceAll(this.#root.path, 'ROOT');
    const text = VARIABLE.reduce((seen, [pattern, constant]) => seen.replace(pattern, constant), withoutRoot);
    if (process.env['UPDATE'] === '1') writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, 'utf8'));
  }
}

function section(title: string, text: string): string {
  return text === '' ? '' : `${title}:\n${indent(text)}`;
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
