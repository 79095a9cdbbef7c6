import { expect, test } from 'vitest';
import { renderRows, wrap } from '../../src/cli/rows.ts';

test.each([
  ['that fits', 'one two', 7, ['one two']],
  ['that does not', 'one two three', 8, ['one two', '  three']],
  ['with an indent of its own', '  one two three', 9, ['  one two', '    three']],
  ['of a label and its text', 'left over  one two', 15, ['left over  one', '           two']],
  ['with a number and its sign', 'all of 100 % go', 10, ['all of', '  100 % go']],
  ['of one long word', 'cn=a,dc=example', 5, ['cn=a,dc=example']],
  ['of nothing', '', 5, ['']],
])('a line %s is wrapped', (_what, line, width, lines) => {
  expect(wrap(line, width)).toEqual(lines);
});

test('labels stand once, texts below each other, and a row without text is left out', () => {
  expect(
    renderRows([
      ['entry', ['one', 'two']],
      ['held', []],
      ['name, uid', ['x'.repeat(80).concat(' y'.repeat(10))]],
    ]),
  ).toBe(`entry      one\n           two\nname, uid  ${'x'.repeat(80)} y y y y\n             y y y y y y\n`);
});
