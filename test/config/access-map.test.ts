import { describe, expect, test } from 'vitest';
import { type AccessMapFile, parseAccessMap } from '../../src/config/access-map.ts';
import { failureOf } from './failure.ts';

const GOOD = 'version = 1\nserial = 7\n[map]\nweb-prod = { groups = ["web-admins"], users = ["alice"] }\nbastion = {}\n';

function parse(text: string | Buffer, isSigned = false): AccessMapFile {
  return parseAccessMap('s3://maps/prod.toml', Buffer.from(text), { isSigned });
}

function problemsOf(text: string | Buffer, isSigned = false): string[] {
  return failureOf(() => parse(text, isSigned)).message.split('\n');
}

describe('parseAccessMap', () => {
  test('reads whom an access group lets in', () => {
    expect(parse(GOOD)).toEqual({
      version: 1,
      serial: 7,
      map: { 'web-prod': { groups: ['web-admins'], users: ['alice'] }, bastion: { groups: [], users: [] } },
    });
  });

  test('wants a serial of a map that is signed', () => {
    expect(parse(GOOD, true).serial).toBe(7);
    expect(parse('version = 1\nmap = {}\n').serial).toBeUndefined();
    expect(problemsOf('version = 1\nmap = {}\n', true)).toEqual([
      's3://maps/prod.toml: has no serial, so that nobody could tell an old map from a new one; wanted: serial = 1, and more with each change',
    ]);
  });

  test('says every mistake at its line', () => {
    const text =
      'version = 2\nserial = -1\n[map]\n"web prod" = {}\nnone = {}\nops = { grops = ["ops"] }\ndb = { groups = ["a b", "db"] }\nx = "all"\n';
    expect(problemsOf(text)).toEqual([
      's3://maps/prod.toml:1:1: version: 2 is not a version this holdfast reads; wanted: 1',
      's3://maps/prod.toml:2:1: serial: -1 is too small; wanted: at least 1',
      's3://maps/prod.toml:4:1: map."web prod": "web prod" is no name of an access group',
      's3://maps/prod.toml:5:1: map.none: "none" is no name of an access group',
      's3://maps/prod.toml:6:9: map.ops.grops: is no key that holdfast knows; did you mean "groups"?',
      expect.stringMatching(/^s3:\/\/maps\/prod\.toml:7:18: map\.db\.groups\[0\]: group name "a b" has characters/),
      's3://maps/prod.toml:8:1: map.x: "all" is a string; wanted: a table',
    ]);
  });

  test.each<[string, string | Buffer, string]>([
    ['no TOML', 'web-prod: [ops]\n', 'illegal character in key'],
    ['no UTF-8', Buffer.from('version = 1 # \xff', 'latin1'), 'is not UTF-8 (byte 0xff)'],
    ['no map', 'version = 1\n', 'map: is missing; wanted: a table'],
    ['another key', 'version = 1\neveryone = true\n[map]\n', 'everyone: is no key that holdfast knows'],
    ["an object's own word", 'version = 1\n[map.__proto__]\ngroups = ["ops"]\n', 'is no key that holdfast knows'],
    ['depth without end', `version = 1\nmap = ${'['.repeat(100_000)}`, 's3://maps/prod.toml:'],
  ])('refuses %s', (_what, text, problem) => {
    expect(problemsOf(text).join('\n')).toContain(problem);
  });

  test.each([
    ['dotted keys', `[map]\n${'a.'.repeat(120_000)}b = 1`],
    ['lists in lists', `[map]\na = ${'['.repeat(900)}${'1,'.repeat(100_000)}${']'.repeat(900)}`],
    ["objects' own words", `[map]\n${Array.from({ length: 9000 }, (_one, index) => `a${index} = { __proto__ = 1 }\n`).join('')}`],
  ])('takes no measureless time or memory for %s', (_what, text) => {
    const before = process.memoryUsage().heapUsed;
    expect(problemsOf(`version = 1\n${text}`).length).toBeLessThan(210);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(500_000_000);
  });

  test('ends with the hundredth mistake', () => {
    const text = `version = 1\n[map]\n${Array.from({ length: 20_000 }, (_one, index) => `a${index} = { grops = [] }\n`).join('')}`;
    const problems = problemsOf(text);
    expect(problems).toHaveLength(101);
    expect(problems).toContain('s3://maps/prod.toml: has more mistakes than those that are listed');
  });
});
