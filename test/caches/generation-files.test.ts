import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  INDEXES,
  MAP_FILES,
  parseChanged,
  parseGeneration,
  type RenderedGeneration,
  renderGeneration,
  sumsOf,
} from '../../src/caches/generation-files.ts';
import { sumOf } from '../../src/caches/durable-file.ts';
import { formatGroup } from '../../src/directory/group.ts';
import { emptyView, type PublishedView } from '../../src/directory/host-view.ts';
import { joinKeyLines } from '../../src/directory/key-lines.ts';
import type { Gid, GroupName, LoginName, Uid } from '../../src/directory/names.ts';
import { formatPasswd } from '../../src/directory/passwd.ts';
import { formatShadow } from '../../src/directory/shadow.ts';
import { type Answer, lookUp, type MapKind } from './reader.ts';
import { type Files, filesOf, filesOfView } from './rendering.ts';
import { ACCOUNT_KEYS, viewOf, views } from './views.ts';

function ask(files: Files, kind: MapKind, index: string, field: number, key: string): Answer {
  return lookUp(kind, read(files, `${kind}.cache`), files.get(`${kind}.cache.${index}`), field, key);
}

function read(files: Files, name: string): Buffer {
  return files.get(name) ?? Buffer.alloc(0);
}

function isPresent(line: string | undefined): Answer {
  return line === undefined ? { kind: 'absent' } : { kind: 'found', line };
}

describe('renderGeneration', () => {
  test('has the files that libnss-cache opens by name, maps before their indexes', () => {
    expect([...filesOfView(viewOf('alice', 'bob')).keys()]).toEqual([
      'passwd.cache',
      'passwd.cache.ixname',
      'passwd.cache.ixuid',
      'group.cache',
      'group.cache.ixname',
      'group.cache.ixgid',
      'shadow.cache',
      'shadow.cache.ixname',
      'keys/993',
      expect.stringMatching(/^keys\/\d+$/),
    ]);
  });

  test('keeps shadow, and shadow alone, from others', () => {
    const secret = renderGeneration(viewOf('alice'), {}).sets.flatMap(({ sums, secret: isSecret }) => (isSecret ? [...sums.keys()] : []));
    expect(secret).toEqual(['shadow.cache', 'shadow.cache.ixname']);
  });

  test('of an empty view has empty maps and no keys', () => {
    const rendered = renderGeneration(emptyView, {});
    expect([...filesOf(rendered).values()].map((bytes) => bytes.length)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(rendered.counts).toEqual({ passwd: 0, group: 0, shadow: 0, keys: 0, keyLines: 0 });
  });

  test('counts what it shows', () => {
    const view = { ...viewOf('alice', 'bob'), keys: new Map([['alice' as LoginName, joinKeyLines(['one', 'two'])]]) };
    expect(renderGeneration(view, {}).counts).toEqual({ passwd: 2, group: 1, shadow: 2, keys: 1, keyLines: 2 });
  });

  test('says where the last record of each map starts, never before the previous one', () => {
    expect(renderGeneration(viewOf('alice', 'bob'), {}).lastOffsets()).toEqual({
      'passwd.cache': 64,
      'group.cache': 0,
      'shadow.cache': 64,
    });
    expect(renderGeneration(viewOf('alice'), { 'passwd.cache': 640, 'shadow.cache': 128 }).lastOffsets()).toEqual({
      'passwd.cache': 640,
      'group.cache': 0,
      'shadow.cache': 128,
    });
  });

  test('gives the same files for the same view, at every call', () => {
    fc.assert(
      fc.property(views, (view) => {
        const rendered = renderGeneration(view, {});
        expect(sumsOf(renderGeneration(structuredClone(view), {}))).toEqual(sumsOf(rendered));
        expect(filesOf(rendered)).toEqual(filesOf(rendered));
      }),
    );
  });

  test('gives sums that are those of the files', () => {
    fc.assert(
      fc.property(views, (view) => {
        const rendered = renderGeneration(view, {});
        const sums = [...filesOf(rendered)].map(([name, bytes]) => [
          name,
          { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
        ]);
        expect([...sumsOf(rendered)]).toEqual(sums);
      }),
    );
  });

  test('lets the reader find everybody by name and number, and nobody else', () => {
    fc.assert(
      fc.property(views, views, (view, others) => {
        const files = filesOfView(view);
        for (const { name, uid } of [...view.passwd, ...others.passwd]) {
          const byName = view.passwd.find((entry) => entry.name === name);
          const byUid = view.passwd.find((entry) => entry.uid === uid);
          expect(ask(files, 'passwd', 'ixname', 0, name)).toEqual(isPresent(byName && formatPasswd(byName)));
          expect(ask(files, 'passwd', 'ixuid', 2, String(uid))).toEqual(isPresent(byUid && formatPasswd(byUid)));
        }
        for (const { name, gid } of [...view.group, ...others.group]) {
          const byName = view.group.find((entry) => entry.name === name);
          const byGid = view.group.find((entry) => entry.gid === gid);
          expect(ask(files, 'group', 'ixname', 0, name)).toEqual(isPresent(byName && formatGroup(byName)));
          expect(ask(files, 'group', 'ixgid', 2, String(gid))).toEqual(isPresent(byGid && formatGroup(byGid)));
        }
        for (const { name } of [...view.shadow, ...others.shadow]) {
          const entry = view.shadow.find((shadow) => shadow.name === name);
          expect(ask(files, 'shadow', 'ixname', 0, name)).toEqual(isPresent(entry && formatShadow(entry)));
        }
      }),
    );
  });

  test.each([
    ['2147483647', true],
    ['2147483648', false],
    ['4294967294', false],
  ])('has an index of numbers beside %s: %s', (id, isIndexed) => {
    const view = viewOf('alice', 'bob');
    const [alice, bob] = view.passwd;
    const [people] = view.group;
    if (alice === undefined || bob === undefined || people === undefined) throw new Error('nobody');
    const passwd = [alice, { ...bob, uid: Number(id) as Uid }];
    const group = [people, { ...people, name: 'robots' as GroupName, gid: Number(id) as Gid }];
    const files = filesOfView({ ...view, passwd, group });
    expect(files.has('passwd.cache.ixuid')).toBe(isIndexed);
    expect(files.has('group.cache.ixgid')).toBe(isIndexed);
    expect(files.has('passwd.cache.ixname')).toBe(true);
    expect(ask(files, 'passwd', 'ixuid', 2, id)).toMatchObject({ kind: 'found' });
    expect(ask(files, 'passwd', 'ixuid', 2, String(alice.uid))).toMatchObject({ kind: 'found' });
    expect(ask(files, 'group', 'ixgid', 2, id)).toMatchObject({ kind: 'found' });
  });

  test('counts bytes: a letter of two bytes does not move those who come after', () => {
    const files = filesOfView(viewOf('alice', 'bob', 'carol'));
    expect(read(files, 'passwd.cache').toString()).toContain('alice é');
    expect(ask(files, 'passwd', 'ixname', 0, 'carol')).toMatchObject({ kind: 'found' });
  });

  test('refuses two entries with one number', () => {
    const view = viewOf('alice', 'bob');
    const passwd = view.passwd.map((entry) => ({ ...entry, uid: 2000 as Uid }));
    expect(() => filesOfView({ ...view, passwd })).toThrow('index key "2000" is there twice');
  });
});

describe('a reader between two generations', () => {
  test('gets the old answer or the new one, and does not abort, for as many generations as there are', () => {
    const full = views.filter((view) => view.passwd.length > 0 && view.group.length > 0 && view.shadow.length > 0);
    fc.assert(
      fc.property(fc.array(full, { minLength: 2, maxLength: 4 }), (generations) => {
        let before: RenderedGeneration | undefined;
        for (const view of generations) {
          const after = renderGeneration(view, before?.lastOffsets() ?? {});
          if (before !== undefined) expectNoMixture(filesOf(before), filesOf(after));
          before = after;
        }
      }),
    );
  });
});

/** Everybody of the old generation is asked for with the old index and the new map. */
function expectNoMixture(before: Files, after: Files): void {
  for (const map of MAP_FILES) {
    const kind = map.replace('.cache', '') as MapKind;
    const lines = read(before, map)
      .toString()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    for (const [index, field] of Object.entries(INDEXES[map])) {
      for (const key of lines.map((line) => line.split(':')[field] ?? '')) {
        const mixed = lookUp(kind, read(after, map), before.get(index), field, key);
        expect(mixed).toEqual(lookUp(kind, read(after, map), after.get(index), field, key));
      }
    }
  }
}

describe('parseGeneration', () => {
  test('reads what renderGeneration wrote', () => {
    fc.assert(
      fc.property(views, (view) => {
        const parsed = parse(filesOfView(view), {});
        expect({ ...parsed, keys: Object.fromEntries(parsed.keys) }).toEqual({
          ...view,
          accountKeys: ACCOUNT_KEYS,
          keys: Object.fromEntries(view.keys),
        });
      }),
    );
  });

  test('reads it with any filler', () => {
    const view = viewOf('alice', 'bob');
    const rendered = renderGeneration(view, { 'passwd.cache': 6400, 'group.cache': 64, 'shadow.cache': 256 });
    expect(parse(filesOf(rendered), { people: ['alice', 'bob'] })).toEqual({ ...view, groupOrigins: new Map() });
  });
});

describe('parseChanged', () => {
  test('tells the same as parseGeneration, whatever has changed', () => {
    fc.assert(
      fc.property(views, views, fc.boolean(), (before, other, isPart) => {
        const files = filesOfView(before);
        const view = isPart ? { ...before, keys: new Map([...before.keys, ...other.keys]) } : other;
        const reader = readFrom(files);
        const parsed = parseChanged(manifestOf(files, {}), { view, rendered: renderGeneration(view, {}) }, reader.file);
        const whole = parse(files, {});
        expect({ ...parsed, keys: Object.fromEntries(parsed.keys) }).toEqual({ ...whole, keys: Object.fromEntries(whole.keys) });
      }),
    );
  });

  test('reads the buckets of those whose keys change, and nothing else', () => {
    const before = viewOf('alice', 'bob');
    const view = { ...before, keys: new Map([...before.keys, ['bob' as LoginName, joinKeyLines(['ssh-ed25519 AAAA'])] as const]) };
    const files = filesOfView(before);
    const reader = readFrom(files);
    parseChanged(manifestOf(files, {}), { view, rendered: renderGeneration(view, {}) }, reader.file);
    expect(reader.names).toEqual(
      [...filesOfView({ ...emptyView, keys: new Map([['bob' as LoginName, joinKeyLines(['x'])]]) }).keys()].slice(-1),
    );
  });

  test('reads nothing of what is the same', () => {
    const view = viewOf('alice', 'bob');
    const files = filesOfView(view);
    const reader = readFrom(files);
    parseChanged(manifestOf(files, {}), { view, rendered: renderGeneration(view, {}) }, reader.file);
    expect(reader.names).toEqual([]);
  });
});

function readFrom(files: Files): { readonly file: (name: string) => Buffer; readonly names: string[] } {
  const names: string[] = [];
  return {
    names,
    file: (name) => {
      names.push(name);
      return read(files, name);
    },
  };
}

function manifestOf(files: Files, accessGroups: Readonly<Record<string, string[]>>): Parameters<typeof parseGeneration>[0] {
  return {
    files: Object.fromEntries([...files].map(([name, content]) => [name, sumOf(content)])),
    accessGroups,
    groupOrigins: [],
    accountKeys: ACCOUNT_KEYS,
  };
}

function parse(files: Files, accessGroups: Readonly<Record<string, string[]>>): PublishedView {
  return parseGeneration(manifestOf(files, accessGroups), (name) => read(files, name));
}
