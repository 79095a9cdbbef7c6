import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderIndex } from '../../src/caches/index-file.ts';
import { mapOfLines } from './rendering.ts';
import { findMapFault, type MapIndex } from '../../src/caches/verify.ts';
import { formatPasswd, type PasswdEntry } from '../../src/directory/passwd.ts';
import { type Answer, lookUp } from './reader.ts';
import { passwdEntries, viewOf } from './views.ts';

interface Rendered {
  readonly entries: readonly PasswdEntry[];
  readonly map: Buffer;
  readonly byName: Buffer;
  readonly byUid: Buffer;
}

function render(entries: readonly PasswdEntry[], minLastOffset = 0): Rendered {
  const { bytes, offsets } = mapOfLines(entries.map(formatPasswd), minLastOffset);
  return {
    entries,
    map: bytes,
    byName: renderIndex(
      entries.map(({ name }) => name),
      offsets,
    ),
    byUid: renderIndex(
      entries.map(({ uid }) => String(uid)),
      offsets,
    ),
  };
}

function faultOf({ map, byName, byUid }: Rendered): string | undefined {
  const indexes: MapIndex[] = [
    { name: 'ixname', bytes: byName, field: 0 },
    { name: 'ixuid', bytes: byUid, field: 2 },
  ];
  return findMapFault(map, indexes);
}

/** What the reader answers to everybody's name and uid, and to some that are not there. */
function answers({ entries, map, byName, byUid }: Rendered): Answer[] {
  return [
    ...[...entries.map(({ name }) => name), 'nobody.here', 'zz', '0'].map((key) => lookUp('passwd', map, byName, 0, key)),
    ...[...entries.map(({ uid }) => String(uid)), '0', '4711000'].map((key) => lookUp('passwd', map, byUid, 2, key)),
  ];
}

const people = render(viewOf('alice', 'bob', 'carol').passwd);

describe('findMapFault', () => {
  test('finds nothing wrong with what is written', () => {
    fc.assert(
      fc.property(passwdEntries, fc.nat({ max: 100 }), (entries, block) => {
        expect(faultOf(render(entries, block * 64))).toBeUndefined();
      }),
    );
  });

  test.each<[string, Partial<Rendered>, RegExp]>([
    ['a map that is cut in a line', { map: people.map.subarray(0, -5) }, /^the last line does not end$/],
    [
      'a map that is cut by a record',
      { map: people.map.subarray(0, 128) },
      /^ixname: key "carol" leads to byte 128, where no record starts$/,
    ],
    ['an empty map', { map: Buffer.alloc(0) }, /^ixname: key "alice" leads to byte 0, where no record starts$/],
    ['a record that has moved', { map: Buffer.concat([Buffer.from('#\n'), people.map]) }, /^record at byte 2 is not aligned to 64$/],
    [
      'another map',
      { map: render(viewOf('alice', 'bella', 'carol').passwd).map },
      /^ixname: key "bob" leads to another record, at byte 64$/,
    ],
    [
      'a map in which a name is longer',
      { map: render(viewOf('alice', 'bobby', 'carol').passwd).map },
      /^ixname: key "bob" leads to another/,
    ],
    ['a map in which a name is shorter', { map: render(viewOf('alice', 'bo', 'carol').passwd).map }, /^ixname: key "bob" leads to another/],
    ['an empty index', { byName: Buffer.alloc(0) }, /^ixname: 0 keys for 3 records$/],
    ['an index without a line end', { byUid: Buffer.from('2000') }, /^ixuid: record 0 is no key and offset in one line$/],
    ['an index that lacks a key', { byUid: render(people.entries.slice(0, 2)).byUid }, /^ixuid: 2 keys for 3 records$/],
    ['an index that is not sorted', { byName: reordered(people.byName) }, /^ixname: /],
    ['a key that is there twice', { byName: doubled(people.byName) }, /^ixname: /],
    ['an index of another field', { byUid: people.byName }, /^ixuid: key "alice" leads to another record, at byte 0$/],
  ])('finds %s', (_what, damage, fault) => {
    expect(faultOf({ ...people, ...damage })).toMatch(fault);
  });

  test('finds a record that no index has', () => {
    const more = render(viewOf('alice', 'bob', 'carol', 'dora').passwd);
    expect(faultOf({ ...people, map: more.map })).toBe('ixname: 3 keys for 4 records');
  });

  test('finds an index whose last line is shorter than the others: the reader does not count it', () => {
    const two = render(viewOf('alice', 'bob').passwd);
    const byName = Buffer.concat([two.byName.subarray(0, -2), Buffer.from('\n')]);
    expect(answers({ ...two, byName })).not.toEqual(answers(two));
    expect(faultOf({ ...two, byName })).toMatch(/^ixname: /);
  });

  test.each([0, 1, 2, 3, 1234, 4997])('finds two neighbours of a big index that have changed places, at %i', (position) => {
    const big = render(viewOf(...Array.from({ length: 5000 }, (_, number) => `user${number}`)).passwd);
    const width = big.byName.indexOf('\n') + 1;
    const [one, other] = [position, position + 1].map((place) => big.byName.subarray(place * width, (place + 1) * width)) as [
      Buffer,
      Buffer,
    ];
    const swapped = Buffer.concat([big.byName.subarray(0, position * width), other, one, big.byName.subarray((position + 2) * width)]);
    expect(faultOf(big)).toBeUndefined();
    expect(faultOf({ ...big, byName: swapped })).toBeDefined();
  });

  test('finds an index without a line end beside an empty map: the reader would read past its end', () => {
    expect(findMapFault(Buffer.alloc(0), [{ name: 'ixname', bytes: Buffer.from('alice'), field: 0 }])).toMatch(/^ixname: /);
  });

  test('passes no index with a damaged byte that the reader would notice', () => {
    const several = passwdEntries.filter((entries) => entries.length > 1);
    const damage = fc.tuple(several, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.constantFrom('byName', 'byUid'));
    fc.assert(
      fc.property(damage, ([entries, where, value, which]) => {
        const rendered = render(entries);
        const damaged = { ...rendered, [which]: withByte(rendered[which], where % rendered[which].length, value) };
        if (faultOf(damaged) === undefined) expect(answers(damaged)).toEqual(answers(rendered));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([[['al']], [['al', 'bo']], [['alice', 'bob', 'carol']]])(
    'passes no index of %j with a damaged byte that the reader would notice: every byte, every value',
    (logins) => {
      const small = render(viewOf(...logins).passwd);
      const expected = answers(small);
      for (const at of small.byName.keys()) {
        for (let value = 0; value < 256; value += 1) {
          const damaged = { ...small, byName: withByte(small.byName, at, value) };
          if (faultOf(damaged) === undefined) expect(answers(damaged), `byte ${at} as ${value}`).toEqual(expected);
        }
      }
    },
  );

  test('finds any damage to a name or a uid in the map', () => {
    const damage = fc.tuple(passwdEntries, fc.nat(), fc.constantFrom(0, 2), fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(damage, ([entries, which, field, where, value]) => {
        fc.pre(entries.length > 0);
        const rendered = render(entries);
        const line = formatPasswd(entries[which % entries.length] as PasswdEntry);
        const text = line.split(':')[field] ?? '';
        const at = rendered.map.indexOf(`${line}\n`) + (field === 0 ? 0 : line.indexOf(':x:') + 3) + (where % text.length);
        fc.pre(rendered.map[at] !== value);
        expect(faultOf({ ...rendered, map: withByte(rendered.map, at, value) })).toBeDefined();
      }),
      { numRuns: 1000 },
    );
  });
});

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
}

/** The lines of an index, the last first. */
function reordered(index: Buffer): Buffer {
  return Buffer.from(`${index.toString('latin1').trimEnd().split('\n').toReversed().join('\n')}\n`, 'latin1');
}

function doubled(index: Buffer): Buffer {
  return Buffer.concat([index.subarray(0, index.indexOf('\n') + 1), index]);
}
