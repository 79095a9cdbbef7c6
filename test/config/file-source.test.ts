import { describe, expect, test } from 'vitest';
import { checkFileSource } from '../../src/config/file-source-rules.ts';
import { type FileSourceConfig, formatOf } from '../../src/config/file-source-schema.ts';
import { type Changes, configOf, problemsOf } from './configuration.ts';

/** A file in the place of the LDAP source. */
function file(settings: Record<string, unknown> = {}): Changes {
  return { 'source[0]': { name: 'glass', type: 'file', path: '/etc/holdfast/break-glass.toml', ...settings } };
}

describe('a source of type "file"', () => {
  test('has these defaults', () => {
    expect(configOf(file()).source).toEqual([
      { name: 'glass', type: 'file', path: '/etc/holdfast/break-glass.toml', password_hashes: false },
    ]);
  });

  test.each<[string, Record<string, unknown>]>([
    ['LDIF', { path: '/a.ldif' }],
    ['LDIF by another name', { path: '/a', format: 'ldif', schema: 'ad' }],
    ['an ending in capitals', { path: '/A.TOML' }],
    ['hashes', { password_hashes: true }],
  ])('may have %s', (_what, settings) => {
    expect(problemsOf(file(settings))).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['no path', { path: undefined }, 'source[0].path: is missing; wanted: a string'],
    ['a relative path', { path: 'a.toml' }, 'source[0].path: "a.toml" is not an absolute path such as "/etc/holdfast/break-glass.toml"'],
    ['no format', { path: '/people' }, 'source[0].format: is missing, and "/people" ends in neither; wanted: "toml" or "ldif"'],
    ['a format that is none', { format: 'csv' }, 'source[0].format: "csv" is not one of "toml", "ldif"'],
    [
      'a schema for TOML',
      { schema: 'ad' },
      'source[0].schema: is for LDIF, and the format of this file is "toml"; wanted: one without the other',
    ],
    ['a key of LDAP', { uris: [] }, 'source[0].uris: is no key that holdfast knows; it is one of [[source]] with type = "ldap"'],
    ['a table of LDAP', { tls: {} }, 'source[0].tls: is no key that holdfast knows; it is one of [[source]] with type = "ldap"'],
    ['a key that is misspelt', { pth: '/a' }, 'source[0].pth: is no key that holdfast knows; did you mean "path"?'],
    ['a key that is near one of LDAP only', { urls: [] }, 'source[0].urls: is no key that holdfast knows'],
    ['no type', { type: undefined }, 'source[0].type: is missing; wanted: one of "ldap", "file"'],
    ['a type that is misspelt', { type: 'fiel' }, 'source[0].type: "fiel" is not one of "ldap", "file"; did you mean "file"?'],
    ['a type that is no text', { type: 1 }, 'source[0].type: is not one of "ldap", "file"'],
  ])('is refused with %s', (_what, settings, problem) => {
    const kept = Object.entries({ name: 'glass', type: 'file', path: '/a.toml', ...settings }).filter(([, value]) => value !== undefined);
    expect(problemsOf({ 'source[0]': Object.fromEntries(kept) })).toEqual([problem]);
  });

  test('has a format wherever the rules find nothing wrong', () => {
    for (const path of ['/a', '/a.toml', '/a.ldif', '/a.toml.bak']) {
      const source: FileSourceConfig = { name: 'glass', type: 'file', path, password_hashes: false };
      expect(formatOf(source) === undefined).toBe(checkFileSource(source).length > 0);
    }
  });
});

test('a key that an LDAP source has not says which has', () => {
  expect(problemsOf({ 'source[0].path': '/a' })).toEqual([
    'source[0].path: is no key that holdfast knows; it is one of [[source]] with type = "file"',
  ]);
});
