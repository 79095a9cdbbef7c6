import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AccountLimit } from '../../src/directory/account-limits.ts';
import { type AuthorizedKey, parseAuthorizedKey } from '../../src/directory/authorized-key.ts';
import { NO_KEYS, packKeys } from '../../src/directory/key-lines.ts';
import type { Gid, GroupName, HostPath, Uid } from '../../src/directory/names.ts';
import { Invalid, type Rejection } from '../../src/directory/rejection.ts';
import type { DirectoryGroup, DirectorySnapshot, DirectoryUser } from '../../src/directory/snapshot.ts';
import {
  digestSnapshot,
  dropOtherSnapshots,
  dropStaged,
  keepStaged,
  loadSnapshot,
  stageSnapshot,
  storedDigest,
} from '../../src/state/snapshot-file.ts';
import { indexedIds, names } from '../caches/views.ts';
import { failureOf } from '../config/failure.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-snapshot-'));
  path = join(folder, 'snapshot-corp.ndjson');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function save(snapshot: DirectorySnapshot): void {
  dropStaged(path);
  stageSnapshot(path, snapshot);
  keepStaged(path);
}

/** Absent and undefined are the same to all who read a snapshot. */
function plain(snapshot: unknown): unknown {
  return JSON.parse(JSON.stringify(snapshot));
}

const texts = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '\n', '"', '\\', '\u2028', '["u"]', '{"sha256":""}'));
const keys = fc
  .tuple(
    fc.constantFrom('', 'no-pty ', 'from="10.0.0.0/8,::1",restrict ', 'command="echo \\"a b\\"" ', 'environment="A=\\\\" '),
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
    fc.constantFrom('', ' alice@laptop', ' é 漢 "quoted"', '  two  spaces '),
  )
  .map(([options, point, comment]) => parseAuthorizedKey(`${options}ssh-ed25519 ${ed25519(point)}${comment}`))
  .filter((key) => !(key instanceof Invalid))
  .map((key) => key as AuthorizedKey);

const limits: fc.Arbitrary<AccountLimit> = fc.oneof(
  fc.record({ kind: fc.constant('ends'), at: fc.integer(), by: fc.constant('shadowExpire') }),
  fc.record({ kind: fc.constant('refused'), code: fc.constant('account-locked'), reason: texts }),
);

const users: fc.Arbitrary<DirectoryUser> = fc.record(
  {
    source: fc.constant('corp'),
    id: texts,
    dn: texts,
    name: names,
    uid: indexedIds.map((id) => id as Uid),
    gid: indexedIds.map((id) => id as Gid),
    gecos: texts,
    home: fc.option(fc.constant('/home/a' as HostPath), { nil: undefined }),
    shell: fc.option(fc.constant('/bin/sh' as HostPath), { nil: undefined }),
    passwordHash: fc.option(texts, { nil: undefined }),
    aging: fc.record({ lastChange: fc.nat(), expire: fc.integer() }, { requiredKeys: [] }),
    keys: fc.array(keys, { maxLength: 3 }).map(packKeys),
    limits: fc.array(limits, { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ['source', 'id', 'dn', 'name', 'uid', 'gid', 'gecos', 'home', 'shell', 'passwordHash', 'aging', 'keys'] },
);

const groups: fc.Arbitrary<DirectoryGroup> = fc.record({
  source: fc.constant('corp'),
  id: texts,
  dn: texts,
  name: names.map((name) => name as string as GroupName),
  gid: fc.option(
    indexedIds.map((id) => id as Gid),
    { nil: undefined },
  ),
  members: fc.array(texts, { maxLength: 5 }),
  nested: fc.array(
    names.map((name) => name as string as GroupName),
    { maxLength: 3 },
  ),
});

const rejections: fc.Arbitrary<Rejection> = fc.record({
  verdict: fc.constantFrom('quarantined', 'adjusted'),
  source: fc.constant('corp'),
  map: fc.constantFrom('passwd', 'group', 'shadow', 'keys'),
  key: texts,
  code: fc.constantFrom('name-invalid', 'key-type'),
  reason: texts,
});

const snapshots: fc.Arbitrary<DirectorySnapshot> = fc.record({
  source: fc.constant('corp'),
  fetchedAt: fc.nat({ max: 4_102_444_800_000 }),
  users: fc.array(users, { maxLength: 8 }),
  groups: fc.array(groups, { maxLength: 8 }),
  rejections: fc.array(rejections, { maxLength: 4 }),
});

const [small] = fc.sample(
  snapshots.filter((snapshot) => snapshot.users.length > 1 && snapshot.users.length < 4 && snapshot.groups.length > 0),
  { seed: 1, numRuns: 1 },
) as [DirectorySnapshot];

describe('a snapshot', () => {
  test('is read as it was saved', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        save(snapshot);
        const stored = loadSnapshot(path);
        expect(plain(stored)).toEqual(plain({ snapshot, digest: digestSnapshot(snapshot) }));
        expect(storedDigest(path)).toBe(digestSnapshot(snapshot));
      }),
      { numRuns: 50 },
    );
  });

  test('keeps its digest through a file: it is the same directory', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        save(snapshot);
        const stored = loadSnapshot(path);
        expect(typeof stored === 'object' && digestSnapshot(stored.snapshot)).toBe(digestSnapshot(snapshot));
      }),
      { numRuns: 30 },
    );
  });

  test('of many people, of more than one chunk, is read as it was saved', () => {
    const [user] = fc.sample(users, 1) as [DirectoryUser];
    const many = Array.from({ length: 3000 }, (_, number) => ({ ...user, id: `${number}`, gecos: 'é'.repeat(number % 200) }));
    const snapshot = { ...small, users: [...many, { ...user, dn: 'ö'.repeat(200_000) }] };
    save(snapshot);
    expect(plain(loadSnapshot(path))).toEqual(plain({ snapshot, digest: digestSnapshot(snapshot) }));
  });

  test('has another digest when anything in it is another, and the same when only the time is', () => {
    expect(digestSnapshot({ ...small, fetchedAt: 1 })).toBe(digestSnapshot(small));
    const [first, ...others] = small.users as [DirectoryUser, ...DirectoryUser[]];
    const changed: DirectorySnapshot[] = [
      { ...small, users: others },
      { ...small, users: [...small.users, first] },
      { ...small, users: [{ ...first, gecos: `${first.gecos}.` }, ...others] },
      { ...small, users: [{ ...first, keys: NO_KEYS }, { ...first, keys: NO_KEYS }, ...others] },
      { ...small, groups: [] },
      { ...small, rejections: [...small.rejections, ...fc.sample(rejections, 1)] },
    ];
    expect(new Set([small, ...changed].map(digestSnapshot)).size).toBe(changed.length + 1);
  });

  test('that is not there is none', () => {
    expect(loadSnapshot(path)).toBeUndefined();
    expect(storedDigest(path)).toBeUndefined();
  });

  test('that is cut, at whatever byte, is none, and never a smaller one', () => {
    save(small);
    const bytes = readFileSync(path);
    for (let length = 0; length < bytes.length; length += 1) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(loadSnapshot(path), `after ${length} bytes`).toBe(`${path} is damaged or cut`);
      expect(storedDigest(path), `after ${length} bytes`).toBeUndefined();
    }
  });

  test('that lacks a whole line is none', () => {
    save(small);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    for (const [gone] of lines.entries()) {
      writeFileSync(path, `${lines.filter((_, index) => index !== gone).join('\n')}\n`);
      expect(loadSnapshot(path), `without line ${gone}`).toBe(`${path} is damaged or cut`);
    }
  });

  test('with a flipped bit, in whatever byte of its content, is none', () => {
    save(small);
    const bytes = readFileSync(path);
    for (let at = bytes.indexOf('\n') + 1; at < bytes.length; at += 1) {
      writeFileSync(path, flipped(bytes, at));
      expect(loadSnapshot(path), `byte ${at}`).toBe(`${path} is damaged or cut`);
    }
  });

  test('with a flipped bit, in whatever byte of its header, is none: it says whose directory it is and how old', () => {
    save(small);
    const bytes = readFileSync(path);
    const passed: string[] = [];
    for (let at = 0; at < bytes.indexOf('\n'); at += 1) {
      writeFileSync(path, flipped(bytes, at));
      if (typeof loadSnapshot(path) === 'object') passed.push(flipped(bytes, at).toString('utf8', 0, bytes.indexOf('\n')));
    }
    expect(passed).toEqual([]);
  });

  test.each([
    ['nothing', ''],
    ['a line end', '\n'],
    ['two line ends', '\n\n'],
    ['null', 'null\nnull\n'],
    ['an array', '[]\n[]\n'],
    ['a number', '1\n1\n'],
    ['zeros, as after a power cut', '\0'.repeat(4096)],
    ['a header alone', '{"format":"holdfast directory snapshot","version":1,"source":"corp","fetchedAt":1}\n'],
    ['no trailer, null', '{"format":"holdfast directory snapshot","version":1,"source":"corp","fetchedAt":1}\nnull\n'],
    ['a header without an end', '{'.repeat(10_000)],
  ])('that holds %s is none', (_what, text) => {
    writeFileSync(path, text);
    expect(loadSnapshot(path)).toBe(`${path} is damaged or cut`);
    expect(storedDigest(path)).toBeUndefined();
  });

  test('of another version is none', () => {
    save(small);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"version":2', '"version":1'));
    expect(loadSnapshot(path)).toBe(`${path} is damaged or cut`);
  });

  test('is for root alone, and nothing is beside it', async () => {
    save(small);
    save({ ...small, users: [] });
    expect(await readdir(folder)).toEqual(['snapshot-corp.ndjson']);
    expect((await stat(path)).mode & 0o7777).toBe(0o600);
  });
});

describe('a staged snapshot', () => {
  test('has no effect until it is kept', () => {
    save(small);
    const next = { ...small, users: [] };
    expect(stageSnapshot(path, next)).toBe(digestSnapshot(next));
    expect(storedDigest(path)).toBe(digestSnapshot(small));
    keepStaged(path);
    expect(storedDigest(path)).toBe(digestSnapshot(next));
  });

  test('is gone when it is dropped, as often as one likes', () => {
    stageSnapshot(path, small);
    dropStaged(path);
    dropStaged(path);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  test('says that it cannot be written', () => {
    path = join(folder, 'gone/snapshot.ndjson');
    expect(failureOf(() => stageSnapshot(path, small)).code).toBe('cache-failed');
  });

  test('says that the kept one cannot be read', async () => {
    await mkdir(path);
    expect(failureOf(() => loadSnapshot(path)).message).toContain(path);
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** RFC 8709: `string "ssh-ed25519"`, `string` of 32 bytes. */
function ed25519(point: Uint8Array): string {
  const type = Buffer.from('ssh-ed25519');
  return Buffer.concat([Buffer.from([0, 0, 0, type.length]), type, Buffer.from([0, 0, 0, 32]), point]).toString('base64');
}

test('dropOtherSnapshots leaves what is still asked, and what is no snapshot', async () => {
  const kept = ['snapshot-corp.ndjson', 'snapshot-corp.ndjson.new', 'snapshot-old.ndjson', 'snapshot-old.ndjson.new', 'last-run.json'];
  for (const name of kept) writeFileSync(join(folder, name), '');
  dropOtherSnapshots(folder, new Set([path]));
  expect((await readdir(folder)).toSorted()).toEqual(['last-run.json', 'snapshot-corp.ndjson', 'snapshot-corp.ndjson.new']);
});
