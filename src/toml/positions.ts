/**
 * Where in a TOML text each key and each value of a list stands: smol-toml gives the values alone, and a complaint about a
 * value has to say its line.
 *
 * Only for a text that smol-toml has parsed: this finds its way through the syntax and judges nothing. A position is that of the
 * key's own text (of a list's value: the value's), with a table's that of its name in its header.
 *
 * @see https://toml.io/en/v1.1.0
 */
import { readTomlKey, skipBare, skipBlank, skipString } from './tokens.ts';

export type TomlPath = readonly (string | number)[];

/** Both from 1; a column counts UTF-16 code units, as smol-toml's errors do. */
export interface TomlPosition {
  readonly line: number;
  readonly column: number;
}

export class TomlPositions {
  readonly #text: string;
  readonly #offsets: ReadonlyMap<string, number>;

  constructor(text: string) {
    this.#text = text;
    this.#offsets = new Scan(text).run();
  }

  /** Undefined when the text has no such key. */
  at(path: TomlPath): TomlPosition | undefined {
    const offset = this.#offsets.get(JSON.stringify(path));
    return offset === undefined ? undefined : positionOf(this.#text, offset);
  }

  /** Of the key, or of the innermost table around it that the text has: what is missing is missing there. */
  nearest(path: TomlPath): TomlPosition {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const position = this.at(path.slice(0, depth));
      if (position !== undefined) return position;
    }
    return { line: 1, column: 1 };
  }
}

export function positionOf(text: string, offset: number): TomlPosition {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/**
 * More than any key of ours has, by far. What is deeper has the place of what is around it: the paths of a text that nests without
 * measure would fill the memory.
 */
export const DEPTH_MAX = 20;

/** One way through a text; every step leaves `#at` behind what it has read. */
class Scan {
  readonly #text: string;
  readonly #offsets = new Map<string, number>();
  /** How many elements each `[[…]]` has until now. */
  readonly #lengths = new Map<string, number>();
  #table: TomlPath = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): ReadonlyMap<string, number> {
    while (this.#isBefore('')) {
      if (this.#text[this.#at] === '[') this.#header();
      else this.#pair(this.#table);
    }
    return this.#offsets;
  }

  #header(): void {
    const isList = this.#text.startsWith('[[', this.#at);
    this.#at += isList ? 2 : 1;
    const keys = this.#dottedKey(']');
    this.#at += isList ? 2 : 1;
    this.#table = [];
    for (const { name, offset } of keys.slice(0, -1)) this.#table = this.#enter(below(this.#table, name), offset, false);
    const { name = '', offset = 0 } = keys.at(-1) ?? {};
    const path = below(this.#table, name);
    this.#table = isList ? this.#element(path, offset) : this.#enter(path, offset, true);
  }

  /** A table in a list is meant by the name of the list: the last one. */
  #enter(path: TomlPath, offset: number, isOwn: boolean): TomlPath {
    const length = this.#lengths.get(JSON.stringify(path));
    if (length !== undefined) return [...path, length - 1];
    this.#record(path, offset, isOwn);
    return path;
  }

  #element(path: TomlPath, offset: number): TomlPath {
    const key = JSON.stringify(path);
    const index = this.#lengths.get(key) ?? 0;
    this.#lengths.set(key, index + 1);
    this.#record(path, offset, false);
    this.#record([...path, index], offset, true);
    return [...path, index];
  }

  #pair(table: TomlPath): void {
    const keys = this.#dottedKey('=');
    let path = table;
    for (const [index, { name, offset }] of keys.entries()) {
      path = below(path, name);
      this.#record(path, offset, index === keys.length - 1);
    }
    this.#at += 1;
    this.#skipBlank();
    this.#value(path);
  }

  #value(path: TomlPath): void {
    const first = this.#text[this.#at];
    if (first === '[') this.#list(path);
    else if (first === '{') this.#inlineTable(path);
    else if (first === '"' || first === "'") this.#at = skipString(this.#text, this.#at);
    else this.#at = skipBare(this.#text, this.#at);
  }

  #list(path: TomlPath): void {
    this.#at += 1;
    for (let index = 0; this.#isBefore(']'); index += 1) {
      const element = below(path, index);
      this.#record(element, this.#at, true);
      this.#value(element);
      this.#skipComma();
    }
    this.#at += 1;
  }

  #inlineTable(path: TomlPath): void {
    this.#at += 1;
    while (this.#isBefore('}')) {
      this.#pair(path);
      this.#skipComma();
    }
    this.#at += 1;
  }

  /** Up to `end`, which is not read. */
  #dottedKey(end: string): { readonly name: string; readonly offset: number }[] {
    const keys = [];
    while (this.#isBefore(end)) {
      const { name, next } = readTomlKey(this.#text, this.#at);
      keys.push({ name, offset: this.#at });
      this.#at = next;
      this.#skipBlank();
      if (this.#text[this.#at] === '.') this.#at += 1;
    }
    return keys;
  }

  /** A table may be named in passing (`[a.b]`) before it has a header of its own, which is the better place. */
  #record(path: TomlPath, offset: number, isOwn: boolean): void {
    if (path.length > DEPTH_MAX) return;
    const key = JSON.stringify(path);
    if (isOwn || !this.#offsets.has(key)) this.#offsets.set(key, offset);
  }

  /** @param end empty: whether anything is left */
  #isBefore(end: string): boolean {
    this.#skipBlank();
    return this.#at < this.#text.length && this.#text[this.#at] !== end;
  }

  #skipComma(): void {
    this.#skipBlank();
    if (this.#text[this.#at] === ',') this.#at += 1;
  }

  #skipBlank(): void {
    this.#at = skipBlank(this.#text, this.#at);
  }
}

/** One step further in, or nowhere. */
function below(path: TomlPath, part: string | number): TomlPath {
  return path.length > DEPTH_MAX ? path : [...path, part];
}
