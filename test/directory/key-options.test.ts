import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAuthorizedKey } from '../../src/directory/authorized-key.ts';
import { KEY_TYPES } from '../../src/directory/key-blob.ts';
import type { KeyOption } from '../../src/directory/key-options.ts';
import { Invalid } from '../../src/directory/rejection.ts';
import { ed25519, type KeyLine, keyLine, lineOf } from './public-keys.ts';
import { outcome, valid } from './valid.ts';

const key = lineOf(ed25519);

function parse(line: string): KeyLine {
  return keyLine(valid(parseAuthorizedKey(line)));
}

describe('options of a key line', () => {
  test.each<[string, string, readonly KeyOption[]]>([
    ['a flag', 'no-pty', [{ name: 'no-pty' }]],
    ['two flags', 'no-pty,no-user-rc', [{ name: 'no-pty' }, { name: 'no-user-rc' }]],
    ['a flag in upper case, as sshd matches without case', 'NO-PTY', [{ name: 'no-pty' }]],
    ['a value', 'from="10.0.0.0/8"', [{ name: 'from', value: '10.0.0.0/8' }]],
    ['a value with commas', 'from="10.0.0.0/8,!10.1.0.0/16"', [{ name: 'from', value: '10.0.0.0/8,!10.1.0.0/16' }]],
    ['a value with spaces', 'command="ls -l /"', [{ name: 'command', value: 'ls -l /' }]],
    ['a value with a tab', 'command="ls\t-l"', [{ name: 'command', value: 'ls\t-l' }]],
    ['an empty value', 'command=""', [{ name: 'command', value: '' }]],
    ['escaped quotes', String.raw`command="echo \"hi, there\""`, [{ name: 'command', value: 'echo "hi, there"' }]],
    ['a backslash that escapes nothing', String.raw`command="a\b"`, [{ name: 'command', value: String.raw`a\b` }]],
    ['a backslash before an escaped quote', String.raw`command="a\\"b"`, [{ name: 'command', value: String.raw`a\"b` }]],
    ['a value between flags', 'restrict,from="h",no-pty', [{ name: 'restrict' }, { name: 'from', value: 'h' }, { name: 'no-pty' }]],
    ['a value that looks like a key', 'command="ssh-rsa AAAA x"', [{ name: 'command', value: 'ssh-rsa AAAA x' }]],
    ['a value that looks like options', 'command="a,cert-authority"', [{ name: 'command', value: 'a,cert-authority' }]],
    ['brackets and colons', 'permitopen="[::1]:80"', [{ name: 'permitopen', value: '[::1]:80' }]],
    ['an equals sign and a colon', 'environment="A=b:c"', [{ name: 'environment', value: 'A=b:c' }]],
    [
      'one option twice',
      'from="a",from="b"',
      [
        { name: 'from', value: 'a' },
        { name: 'from', value: 'b' },
      ],
    ],
    ['the option that makes a key a CA', 'cert-authority', [{ name: 'cert-authority' }]],
    ['a name of an object property', '__proto__="x"', [{ name: '__proto__', value: 'x' }]],
  ])('are read with %s', (_what, text, options) => {
    expect(parse(`${text} ${key} alice`)).toMatchObject({ ...ed25519, options });
  });

  test.each([
    ['one space', `no-pty ${key} alice`],
    ['tabs', `no-pty\t\t${key} alice`],
    ['spaces before', `  no-pty ${key} alice`],
  ])('stand apart from the key by %s', (_what, line) => {
    expect(parse(line)).toMatchObject({ ...ed25519, options: [{ name: 'no-pty' }], line: `no-pty ${key} alice` });
  });

  test.each([
    ['a quote that does not end', `command="ls ${key}`],
    ['a quote that only an escaped one follows', `${String.raw`command="ls\"`} ${key}`],
    ['a backslash before each quote that should end a value', `${String.raw`x="a\",y="b\"`} ${key}`],
    ['a value without quotes', `from=10.0.0.0/8 ${key}`],
    ['text behind a quote', `from="a"b ${key}`],
    ['text between quotes', `from="a""b" ${key}`],
    ['a quote without a name', `"no-pty" ${key}`],
    ['an equals sign without a name', `="x" ${key}`],
    ['a comma before', `,no-pty ${key}`],
    ['a comma behind', `no-pty, ${key}`],
    ['two commas', `no-pty,,no-user-rc ${key}`],
    ['a space after the comma', `no-pty, no-user-rc ${key}`],
    ['a space before the value', `from= "a" ${key}`],
    ['a name with other characters', `no;pty ${key}`],
    ['a name beyond ASCII', `no-pty\u00e9 ${key}`],
  ])('are refused with %s', (_what, line) => {
    expect(outcome(parseAuthorizedKey(line))).toMatch(/^key-(?:malformed|type)$/);
  });

  test.each([
    ['a newline', 'command="a\nb"'],
    ['a NUL', 'command="a\0b"'],
    ['an escape', 'command="\u001b[2J"'],
    ['the escape of C1, one character that drives a terminal', 'from="\u009b2J"'],
    ['a bidirectional override', 'from="\u202e8/0.0.0.01"'],
  ])('are refused with %s in a value', (_what, text) => {
    expect(outcome(parseAuthorizedKey(`${text} ${key}`))).toBe('key-malformed');
  });

  test('are written back as they were read', () => {
    fc.assert(
      fc.property(keyOptions(), (options) => {
        const read = parse(`${write(options)} ${key} alice`);
        expect(read.options).toEqual(options);
        expect(read.line).toBe(`${write(options)} ${key} alice`);
        expect(parse(read.line)).toEqual(read);
      }),
    );
  });

  test('are those that sshd reads, in the line we get and in the line we write, or the line is refused', () => {
    let read = 0;
    fc.assert(
      fc.property(optionsLike(), (text) => {
        const parsed = parseAuthorizedKey(`${text} ${key}`);
        if (parsed instanceof Invalid || parsed.options.length === 0) return;
        read += 1;
        const { options } = readLikeSshd(`${text} ${key}`);
        expect(parsed.options).toEqual(options.map((option) => ({ ...option, name: option.name.toLowerCase() })));
        expect(readLikeSshd(keyLine(parsed).line)).toEqual({ options: parsed.options, key });
      }),
      { numRuns: 1000 },
    );
    expect(read).toBeGreaterThan(100);
  });
});

test('a key that needs no change and the same key with needless spaces give one line', () => {
  const comment = fc.string({ unit: fc.constantFrom('a', 'B', '7', '@', ' ', '"', ':', 'é', '\u200b'), maxLength: 140 });
  fc.assert(
    fc.property(comment, (text) => {
      const plain = parse(`${key} ${text}`);
      expect(parse(` ${key}  ${text} `)).toEqual(plain);
      expect(parse(plain.line)).toEqual(plain);
      expect(plain.line.length).toBeLessThanOrEqual(key.length + 1 + 128);
      expect(plain.line).toMatch(/^[\x20-\x39\x3b-\x7eé]+$/);
    }),
  );
});

test.each([
  ['a DSA key whose comment has a quote', 'ssh-dss AAAAB3NzaC1kc3M= the "old" one', '"ssh-dss"'],
  ['an unknown word alone', 'hello', '"hello"'],
])('the reason for %s names the type that is none', (_what, line, type) => {
  expect(parseAuthorizedKey(line)).toMatchObject({ code: 'key-type', reason: `${type} is no key type that holdfast reads` });
});

/** Without a backslash at the end of a value: it would escape the closing quote, so no line can hold it. */
function keyOptions(): fc.Arbitrary<KeyOption[]> {
  const name = fc.stringMatching(/^[a-z0-9@._-]{1,12}$/);
  const value = fc.string({ unit: fc.constantFrom('a', 'Z', '"', '\\', ',', ' ', '=', ':') }).filter((text) => !text.endsWith('\\'));
  const flag = name.map((text): KeyOption => ({ name: text }));
  const valued = fc.record({ name, value });
  return fc.array(fc.oneof(flag, valued), { minLength: 1, maxLength: 4 });
}

/** Options as they should be, and some with a character or a word too many. */
function optionsLike(): fc.Arbitrary<string> {
  const types = fc.constantFrom(...KEY_TYPES.map((type) => type.toUpperCase()));
  const name = fc.oneof({ weight: 9, arbitrary: fc.constantFrom('from', 'no-pty', 'NO-PTY', 'cert-authority', 'x') }, types);
  const text = fc.string({ unit: fc.constantFrom('a', ' ', ',', '=', '\\', '\\"', '\t'), maxLength: 4 });
  const value = fc.tuple(text, fc.constantFrom('', '', '\\')).map(([start, end]) => `="${start}${end}"`);
  const noise = fc.oneof({ weight: 9, arbitrary: fc.constant('') }, fc.constantFrom('"', '\\', ',', '=', ' '));
  const option = fc.tuple(name, fc.oneof(fc.constant(''), value), noise).map((parts) => parts.join(''));
  return fc.array(option, { minLength: 1, maxLength: 3 }).map((options) => options.join(','));
}

function write(options: readonly KeyOption[]): string {
  const texts = options.map(({ name, value }) => (value === undefined ? name : `${name}="${value.split('"').join('\\"')}"`));
  return texts.join(',');
}

/** `sshkey_advance_past_options`, `opt_match` and `opt_dequote` of OpenSSH (sshkey.c, misc.c), but for any option name. */
function readLikeSshd(line: string): { options: KeyOption[]; key: string } {
  let end = 0;
  for (let quoted = false; end < line.length && (quoted || !' \t'.includes(line.charAt(end))); end += 1) {
    if (line.startsWith('\\"', end)) end += 1;
    else if (line[end] === '"') quoted = !quoted;
  }
  const options: KeyOption[] = [];
  for (let rest = line.slice(0, end); rest !== ''; rest = rest.replace(/^,/, '')) {
    const name = rest.slice(0, rest.search(/[,=]|$/));
    rest = rest.slice(name.length);
    const quoted = rest.startsWith('=') ? dequote(rest.slice(1)) : undefined;
    options.push(quoted === undefined ? { name } : { name, value: quoted.value });
    rest = quoted?.rest ?? rest;
  }
  return { options, key: line.slice(end).trimStart() };
}

function dequote(text: string): { value: string; rest: string } {
  let value = '';
  let at = 1;
  for (; text[at] !== '"'; at += 1) {
    if (text.startsWith('\\"', at)) at += 1;
    value += text.charAt(at);
  }
  return { value, rest: text.slice(at + 1) };
}
