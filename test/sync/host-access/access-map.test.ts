/**
 * The map of access groups from run to run: what counts, what does not, and what serves instead.
 */
import { appendFile, chmod, copyFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HoldfastError } from '../../../src/errors.ts';
import { type FoundMap, keepAccessMap, type MapFetcher, readAccessMap, recallAccessMap } from '../../../src/sync/host-access/access-map.ts';
import { type HostContext, openHost, prepareState } from '../../../src/sync/context.ts';
import type { AccessMapReading } from '../../../src/sync/host-access/host-access.ts';
import { ScratchRoot } from '../../cli/command.ts';
import { configText } from '../../config/configuration.ts';
import { failureOf } from '../../config/failure.ts';
import { generateSshKey } from '../../support/sshd.ts';
import { signWith } from '../../support/ssh-signing.ts';

const OBJECT = 's3://maps/prod.toml';
const NAMESPACE = 'holdfast-access-map';

let root: ScratchRoot;
let now: Date;
/** What the bucket has. */
let bucket: FoundMap | HoldfastError;
let fetches: number;

beforeEach(async () => {
  root = await ScratchRoot.create();
  now = new Date('2026-11-23T12:00:00Z');
  fetches = 0;
  bucket = { bytes: mapText(7, 'web') };
  await configure({});
});

afterEach(async () => await root[Symbol.asyncDispose]());

async function configure(changes: Readonly<Record<string, unknown>>): Promise<void> {
  const access = { 'access.host_groups': 'imds-tag:AccessGroup', 'access.map_file': OBJECT };
  await root.write('etc/holdfast/holdfast.toml', configText({ ...access, ...changes }));
}

function openContext(): HostContext {
  const context = openHost({ root: root.path, config: undefined, isRoot: true, now: () => now });
  prepareState(context);
  return context;
}

const fetchMap: MapFetcher = async (reference, isSigned) => {
  expect(reference).toBe(OBJECT);
  fetches += 1;
  if (bucket instanceof HoldfastError) throw bucket;
  return await Promise.resolve(isSigned ? bucket : { bytes: bucket.bytes });
};

/** What a run does. */
async function run(): Promise<AccessMapReading | undefined> {
  const context = openContext();
  const reading = await readAccessMap(context, fetchMap);
  keepAccessMap(context, reading);
  return reading;
}

/** The access groups of the map that counts, and why it is not the new one. */
function told(reading: AccessMapReading | undefined): { groups: string[] | undefined; failure: string | undefined } {
  return { groups: reading?.entries && [...reading.entries.keys()], failure: reading?.failure?.message };
}

function mapText(serial: number | undefined, ...groups: readonly string[]): Buffer {
  const lines = groups.map((name) => `${name} = { groups = ["${name}-admins"] }\n`);
  return Buffer.from(`version = 1\n${serial === undefined ? '' : `serial = ${serial}\n`}[map]\n${lines.join('')}`);
}

describe('a map in a bucket', () => {
  test('serves, and goes on serving while it cannot be read', async () => {
    expect(told(await run())).toEqual({ groups: ['web'], failure: undefined });
    now = new Date('2026-11-24T12:00:00Z');
    bucket = new HoldfastError('source-unavailable', 'AWS: no answer');
    expect(await run()).toMatchObject({ serial: 7, since: '2026-11-23T12:00:00.000Z', failure: { code: 'source-unavailable' } });
    expect(told(recallAccessMap(openContext()))).toEqual({ groups: ['web'], failure: undefined });
    expect(fetches).toBe(2);
  });

  test('is none on a host that never had it', async () => {
    bucket = new HoldfastError('source-refused', 'AWS: access denied');
    expect(told(await run())).toEqual({ groups: undefined, failure: 'AWS: access denied' });
    expect(told(recallAccessMap(openContext()))).toEqual({ groups: undefined, failure: undefined });
  });

  test('is another when it changes', async () => {
    await run();
    now = new Date('2026-11-24T12:00:00Z');
    bucket = { bytes: mapText(8, 'web', 'db') };
    expect(await run()).toMatchObject({ isChanged: true, serial: 8, since: '2026-11-24T12:00:00.000Z' });
    expect(await run()).toMatchObject({ isChanged: false, since: '2026-11-24T12:00:00.000Z' });
  });

  test.each<[string, Buffer, string]>([
    [
      'with a mistake',
      Buffer.from('version = 1\n[map]\nweb = { grops = [] }\n'),
      `${OBJECT}:3:9: map.web.grops: is no key that holdfast knows`,
    ],
    ['that is cut', mapText(8, 'web').subarray(0, -10), `${OBJECT}:4:`],
    ['that is empty', Buffer.alloc(0), `${OBJECT}:1:1: version: is missing`],
    ['that is older', mapText(6, 'web', 'db'), `it has the serial 6, and this host has had another with 7 already; wanted: 8 or more`],
    ['that changed without a new serial', mapText(7, 'web', 'db'), `it has the serial 7, and this host has had another with 7`],
    ['that lost its serial', mapText(undefined, 'web', 'db'), `it has no serial, and this host has had another with 7`],
    ['that is too large', Buffer.alloc(256 * 1024 + 1, '#'), `it has 262145 bytes; wanted: at most 262144`],
  ])('%s is refused, and the last good one serves', async (_what, bytes, message) => {
    await run();
    bucket = { bytes };
    const reading = await run();
    expect(told(reading).groups).toEqual(['web']);
    expect(reading?.failure?.code).toBe('data-refused');
    expect(reading?.failure?.message).toContain(message);
    expect(told(recallAccessMap(openContext()))).toEqual({ groups: ['web'], failure: undefined });
  });

  test('of another name is another map', async () => {
    await run();
    await configure({ 'access.map_file': 's3://maps/dev.toml' });
    expect(recallAccessMap(openContext())).toEqual({ reference: 's3://maps/dev.toml' });
  });
});

describe('a map that has to be signed', () => {
  let key: string;
  let other: string;

  beforeEach(async () => {
    [key, other] = [join(root.path, 'key'), join(root.path, 'other')];
    for (const path of [key, other]) await generateSshKey(path);
    await copyFile(`${key}.pub`, join(root.path, 'signers'));
    await configure({ 'access.map_public_key': `file:${join(root.path, 'signers')}` });
  });

  async function signed(bytes: Buffer, by = key): Promise<FoundMap> {
    return { bytes, signature: await signWith(by, bytes, { namespace: NAMESPACE }) };
  }

  test('serves with a signature by one of the keys', async () => {
    bucket = await signed(mapText(7, 'web'));
    expect(told(await run())).toEqual({ groups: ['web'], failure: undefined });
    await appendFile(join(root.path, 'signers'), `# the next one\n\n${await readFile(`${other}.pub`, 'utf8')}`);
    bucket = await signed(mapText(8, 'db'), other);
    expect(told(await run())).toEqual({ groups: ['db'], failure: undefined });
    expect(fetches).toBe(2);
  });

  test.each<[string, (text: Buffer) => Promise<FoundMap>, string]>([
    ['without a signature', async (bytes) => await Promise.resolve({ bytes }), 'it has no signature'],
    ['signed by somebody else', async (bytes) => await signed(bytes, other), 'which is none of those that may sign'],
    [
      'with the signature of another text',
      async (bytes) => ({ ...(await signed(mapText(9, 'x'))), bytes }),
      'the signature does not fit the text',
    ],
    [
      'signed for something else',
      async (bytes) => ({ bytes, signature: await signWith(key, bytes, { namespace: 'git' }) }),
      'for the namespace "git"',
    ],
    ['signed, and with a mistake', async () => await signed(Buffer.from('version = 1\nserial = 9\n[map]\nx\n')), ':4:'],
    ['signed, and without a serial', async () => await signed(mapText(undefined, 'db')), 'has no serial'],
  ])('%s is looked at twice, refused, and the last good one serves', async (_what, find, message) => {
    bucket = await signed(mapText(7, 'web'));
    await run();
    bucket = await find(mapText(8, 'web', 'db'));
    fetches = 0;
    const reading = await run();
    expect(told(reading).groups).toEqual(['web']);
    expect(reading?.failure?.code).toBe('data-refused');
    expect(reading?.failure?.message).toContain(message);
    expect(fetches).toBe(2);
  });

  test('is not rolled back with an old map and its own good signature', async () => {
    const old = await signed(mapText(7, 'web'));
    bucket = old;
    await run();
    bucket = await signed(mapText(8, 'db'));
    await run();
    bucket = old;
    expect(told(await run())).toEqual({
      groups: ['db'],
      failure: expect.stringContaining('has the serial 7, and this host has had another with 8') as string,
    });
  });

  test('is not seen half replaced', async () => {
    const [before, after] = [await signed(mapText(7, 'web')), await signed(mapText(8, 'db'))];
    bucket = before;
    await run();
    const replacing: MapFetcher = async () => {
      fetches += 1;
      return await Promise.resolve(
        fetches === 1 ? { ...after, ...(before.signature === undefined ? {} : { signature: before.signature }) } : after,
      );
    };
    fetches = 0;
    expect(told(await readAccessMap(openContext(), replacing))).toEqual({ groups: ['db'], failure: undefined });
  });

  test('goes with the key that signed it', async () => {
    bucket = await signed(mapText(9_999, 'web'));
    await run();
    await copyFile(`${other}.pub`, join(root.path, 'signers'));
    expect(recallAccessMap(openContext())).toEqual({ reference: OBJECT });
    bucket = await signed(mapText(1, 'db'), other);
    expect(told(await run())).toEqual({ groups: ['db'], failure: undefined });
  });

  test('leaves the one before in force that needed no signature, and does not ask for its serial', async () => {
    await configure({});
    bucket = { bytes: mapText(9_999, 'web') };
    await run();
    await configure({ 'access.map_public_key': `file:${join(root.path, 'signers')}` });
    bucket = new HoldfastError('source-unavailable', 'AWS: no answer');
    expect(told(await run())).toEqual({ groups: ['web'], failure: 'AWS: no answer' });
    bucket = { bytes: mapText(10_000, 'evil') };
    expect(told(await run())).toEqual({ groups: ['web'], failure: 'it has no signature' });
    bucket = await signed(mapText(1, 'db'));
    expect(told(await run())).toEqual({ groups: ['db'], failure: undefined });
  });

  test.each<[string, (path: string) => Promise<unknown>, string]>([
    ['is not there', async (path) => await rm(path), 'there is no such file'],
    ['has no key', async () => await root.write('signers', '# none yet\n'), 'has no key; wanted: the line of a .pub file'],
    ['has something else', async () => await root.write('signers', '\nalice\n'), 'signers:2: '],
    ['others may write', async (path) => await chmod(path, 0o666), 'is writable by everyone (mode 0666)'],
  ])('stops the run when the file of keys %s', async (_what, damage, message) => {
    await damage(join(root.path, 'signers'));
    expect(failureOf(() => recallAccessMap(openContext()))).toMatchObject({
      code: 'configuration',
      message: expect.stringContaining(message) as string,
    });
  });
});

describe('a map in a file', () => {
  const path = (): string => join(root.path, 'map.toml');

  beforeEach(async () => {
    await configure({ 'access.map_file': `file:${path()}` });
    await root.write('map.toml', mapText(undefined, 'web').toString());
  });

  test('serves as it is now, without a run too, and asks nobody', async () => {
    expect(told(await run())).toEqual({ groups: ['web'], failure: undefined });
    await root.write('map.toml', mapText(undefined, 'db').toString());
    expect(told(recallAccessMap(openContext()))).toEqual({ groups: ['db'], failure: undefined });
    expect(fetches).toBe(0);
  });

  test.each<[string, () => Promise<unknown>, string, string]>([
    ['is gone', async () => await rm(path()), 'configuration', 'there is no such file'],
    ['may be written by others', async () => await chmod(path(), 0o666), 'configuration', 'is writable by everyone (mode 0666)'],
    ['has a mistake', async () => await root.write('map.toml', 'version = 1\n'), 'data-refused', 'map: is missing'],
  ])('goes on serving when it %s', async (_what, damage, code, message) => {
    await run();
    await damage();
    const reading = await run();
    expect(told(reading).groups).toEqual(['web']);
    expect(reading?.failure).toMatchObject({ code, message: expect.stringContaining(message) as string });
  });

  test('has its signature beside it', async () => {
    const key = join(root.path, 'key');
    await generateSshKey(key);
    await configure({ 'access.map_file': `file:${path()}`, 'access.map_public_key': `file:${key}.pub` });
    const text = mapText(1, 'web').toString();
    await root.write('map.toml', text);
    expect(told(await run())).toEqual({ groups: undefined, failure: expect.stringContaining('it has no signature') as string });
    await root.write('map.toml.sig', await signWith(key, text, { namespace: NAMESPACE }));
    expect(told(await run())).toEqual({ groups: ['web'], failure: undefined });
  });
});
