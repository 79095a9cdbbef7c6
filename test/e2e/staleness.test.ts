/**
 * A directory that has been silent for too long: only `access.always` keeps keys, names resolve, and its answer gives all back.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ScratchRoot } from '../cli/command.ts';
import { type Changes, configText } from '../config/configuration.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { readCurrent } from '../support/current-generation.ts';
import { generatePeople, type Person } from '../support/people.ts';

const DAY = 86_400_000;
const people = [...generatePeople({ count: 20 }).people];
const [ann, ben] = people as [Person, Person];

describe('with deny_after = "7d"', () => {
  let directory: CompanyDirectory;
  let root: ScratchRoot;

  beforeAll(async () => {
    const sre = { cn: 'sre', gidNumber: 7001, memberUid: [ann.uid] };
    const deployers = { cn: 'deployers', gidNumber: 7002, memberUid: [ann.uid, ben.uid] };
    directory = await startCompanyDirectory({ people: { count: people.length, people, groups: [sre, deployers] } });
  });

  afterAll(async () => {
    await directory?.[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    root = await ScratchRoot.create(config());
    await root.write('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\ndeploy:x:900:900::/home/deploy:/bin/bash\n');
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
  });

  afterEach(async () => {
    await root?.[Symbol.asyncDispose]();
  });

  test('six days of silence take nothing away', async () => {
    await lastAnswered(6 * DAY);
    await directory.whileDown(async () => {
      expect(await root.holdfast('sync')).toMatchObject({ status: 75, stderr: expect.stringContaining('nothing to do: generation 1') });
      expect(await keysOf(ben)).not.toBe('');
    });
  });

  test('eight days leave keys to access.always alone, until the directory answers', async () => {
    const before = readCurrent(root.state);
    await lastAnswered(8 * DAY);
    await directory.whileDown(async () => {
      const { status, stderr } = await root.holdfast('sync');
      expect(status).toBe(75);
      expect(stderr).toMatch(
        /^holdfast: warning: source "corp": silent since \S+Z, longer than staleness\.deny_after: 19 people of it denied, only access\.always keeps keys$/m,
      );
      expect(await keysOf(ann)).not.toBe('');
      expect(await keysOf(ben)).toBe('');
      expect((await root.holdfast('keys', 'deploy')).stdout).toBe(await keysOf(ann));
      expect(readCurrent(root.state)?.passwd).toEqual(before?.passwd);

      const said = await root.holdfast('status');
      expect(said.status).toBe(1);
      expect(said.stdout).toMatch(/^source corp .*; failed in the last run; stale: 19 people denied$/m);
      expect(said.stdout).toMatch(
        /^problem: source "corp" has not given everything for 8 days \(since \S+Z\), more than deny_after = "7d": 19 people of it denied, only access\.always keeps keys$/m,
      );
      expect(await root.holdfast('sync')).toMatchObject({ status: 75, stderr: expect.stringContaining('nothing to do: generation 2') });
    });
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('keys +19 -0 ~1') });
    expect(readCurrent(root.state)?.keys).toEqual(before?.keys);
    expect(await root.holdfast('status')).toMatchObject({ status: 0 });
  });

  test('who comes back with a crowd missing is let in again all the same', async () => {
    await lastAnswered(8 * DAY);
    await directory.whileDown(async () => await root.holdfast('sync'));
    await using _gone = await directory.without(people.slice(10));
    expect(await root.holdfast('sync')).toMatchObject({ status: 65, stderr: expect.stringContaining('held: 10 of 20 people would go') });
    expect(await keysOf(ben)).not.toBe('');
    expect(await keysOf(people[15])).not.toBe('');
  });

  test('on a host that hides people without access their names go on resolving', async () => {
    await root.write('etc/holdfast/holdfast.toml', configText(config({ 'policy.hidden': true })));
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    const before = readCurrent(root.state)?.passwd;
    await lastAnswered(8 * DAY);
    await directory.whileDown(async () => {
      expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
      expect(readCurrent(root.state)?.passwd).toEqual(before);
      expect(await keysOf(ben)).toBe('');
    });
  });

  test.each([
    ['a clock that was ahead when it last answered', -400 * DAY],
    ['a clock that stood in 1970 when it last answered', Date.now() - DAY],
    ['a host that never wrote down when it last answered', undefined],
  ])('%s denies nobody, and the silence counts from the first failure', async (_what, ago) => {
    await lastAnswered(ago);
    await directory.whileDown(async () => {
      expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
      expect(await keysOf(ben)).not.toBe('');
      await changeRecord((source) => ({ ...source, failingSince: new Date(Date.now() - 8 * DAY).toISOString() }));
      expect(await root.holdfast('sync')).toMatchObject({ status: 75 });
      expect(await keysOf(ben)).toBe('');
    });
  });

  function config(changes: Changes = {}): Changes {
    return directory.config({
      'access.always': { groups: ['sre'] },
      'access.accounts.deploy': { groups: ['deployers'] },
      'staleness.deny_after': '7d',
      ...changes,
    });
  }

  async function keysOf(person: Person | undefined): Promise<string> {
    return (await root.holdfast('keys', person?.uid ?? '')).stdout;
  }

  /** As if the last good answer were that long ago; undefined for one that is not known. */
  async function lastAnswered(ago: number | undefined): Promise<void> {
    await changeRecord(({ lastSuccess: _known, ...source }) =>
      ago === undefined ? source : { ...source, lastSuccess: new Date(Date.now() - ago).toISOString() },
    );
  }

  async function changeRecord(change: (source: Record<string, unknown>) => Record<string, unknown>): Promise<void> {
    const path = join(root.state, 'state/last-run.json');
    const record = JSON.parse(await readFile(path, 'utf8')) as { sources: Record<string, unknown>[] };
    await writeFile(path, JSON.stringify({ ...record, sources: record.sources.map(change) }));
  }
});
