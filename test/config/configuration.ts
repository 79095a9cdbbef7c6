/**
 * Configurations for tests: the smallest one that is right, with changes named as error messages name them.
 */
import { stringify } from 'smol-toml';
import { parseConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { HoldfastError } from '../../src/errors.ts';

type Table = Record<string, unknown>;

/** `{ 'source[0].tls.mode': 'off' }`; undefined takes the key out. */
export type Changes = Readonly<Record<string, unknown>>;

export const FILE = '/etc/holdfast/holdfast.toml';

function smallest(): Table {
  return {
    version: 1,
    source: [
      {
        name: 'corp',
        type: 'ldap',
        uris: ['ldaps://ldap.example.org'],
        base: 'dc=example,dc=org',
        bind: { method: 'anonymous' },
      },
    ],
    access: { everyone: true },
  };
}

export function configText(changes: Changes = {}): string {
  const config = smallest();
  for (const [path, value] of Object.entries(changes))
    change(
      config,
      path.split(/[.[\]]+/).filter((key) => key !== ''),
      value,
    );
  return stringify(config);
}

export function configOf(changes: Changes = {}): Config {
  return parseConfig(FILE, configText(changes));
}

/** The problems that a configuration is refused for, without the file's name and the line; none when it is accepted. */
export function problemsOf(changes: Changes): string[] {
  return problemsOfText(configText(changes));
}

export function problemsOfText(text: string): string[] {
  try {
    parseConfig(FILE, text);
    return [];
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'configuration') throw error;
    return error.message.split('\n').map((line) => line.replace(/^[^ ]*?\.toml(?::\d+:\d+)?: /, ''));
  }
}

function change(table: Table, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0 && value === undefined) Reflect.deleteProperty(table, key);
  else if (rest.length === 0)
    Object.defineProperty(table, key, { value: structuredClone(value), enumerable: true, configurable: true, writable: true });
  else change((table[key] ??= {}) as Table, rest, value);
}
