/**
 * A disk that fails or is full, at every step that counts: status 73 and a reason, what serves is whole, and the next run
 * puts everything right.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bucketOf } from '../../src/caches/keys-cache.ts';
import type { ScratchRoot } from '../cli/command.ts';
import { readCurrent, type Shown } from '../support/current-generation.ts';
import {
  CHANGING_SYNC,
  changingSync,
  expectHealed,
  FIRST_SYNC,
  firstSync,
  pathOf,
  shownBefore,
  type Stage,
  type Step,
  syncWithFault,
} from '../support/interrupted-sync.ts';
import type { InjectResult } from '../support/strace.ts';

const FAULTS: Readonly<Record<string, string>> = { fsync: 'EIO', rename: 'ENOSPC' };

describe('a sync that changes one person', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await changingSync();
  });

  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  test.concurrent.each(CHANGING_SYNC)('reports a failing $syscall of "$path"', async (step) => {
    await using root = await stage.copy();
    const error = FAULTS[step.syscall] ?? '';
    const result = await syncWithFault(root, { syscall: step.syscall, action: `error=${error}`, when: step.nth });
    expect(result.hit && pathOf(result.hit, root.state)).toBe(step.path);
    if (isOfAudit(step)) expectDone(result, root, stage.after);
    else expectFailure(result, root, shownBefore(step, CHANGING_SYNC, stage));
    expect(result.stderr).toContain(error);
    await expectHealed(root, stage);
  });

  test.concurrent.each([
    'generations/.staging/passwd.cache',
    'generations/.staging/passwd.cache.ixuid',
    `generations/.staging/keys/${bucketOf('ann')}`,
    'generations/.staging/manifest.json',
    'state/snapshot-corp.ndjson.new',
  ])('reports a disk that is full when "%s" is written', async (path) => {
    await using root = await stage.copy();
    const result = await syncWithFault(root, { syscall: 'write', action: 'error=ENOSPC', path: join(root.state, path) });
    expectFailure(result, root, stage.before);
    expect(result.stderr).toContain('ENOSPC');
    await expectHealed(root, stage);
  });

  test.concurrent.each([
    'generations/.staging/passwd.cache',
    'generations/.staging/passwd.cache.ixname',
    `generations/.staging/keys/${bucketOf('ann')}`,
    'generations/.staging/manifest.json',
    'state/snapshot-corp.ndjson.new',
  ])('notices that "%s" is not what was written', async (path) => {
    await using root = await stage.copy();
    // The kernel says that one byte was written, and wrote none.
    const result = await syncWithFault(root, { syscall: 'write', action: 'retval=1', when: 1, path: join(root.state, path) });
    expectFailure(result, root, stage.before);
    expect(result.stderr).toContain('reads back differently');
    await expectHealed(root, stage);
  });
});

describe('a first sync', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await firstSync();
  });

  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  test.concurrent.each(FIRST_SYNC.filter(({ path }) => path.includes('generations') || path === 'current.new'))(
    'reports a failing $syscall of "$path", or does without',
    async (step) => {
      await using root = await stage.copy();
      const action = `error=${FAULTS[step.syscall] ?? 'EIO'}`;
      const result = await syncWithFault(root, { syscall: step.syscall, action, when: step.nth });
      expect(result.hit && pathOf(result.hit, root.state)).toBe(step.path);
      if (step.syscall === 'syncfs') {
        // Every file is then flushed by itself.
        expect(result).toMatchObject({ status: 0 });
        expect(readCurrent(root.state)).toEqual(stage.after);
      } else {
        expectFailure(result, root, stage.before);
      }
      await expectHealed(root, stage);
    },
  );
});

/** A folder is flushed after the rename of one of its files. */
function isOfAudit(step: Step): boolean {
  const before = CHANGING_SYNC[CHANGING_SYNC.indexOf(step) - 1];
  return step.path.includes('audit') || (step.path === 'state' && before?.path.includes('audit') === true);
}

/** An audit that cannot be written stops no sync, and is said. */
function expectDone({ status, stderr }: InjectResult, root: ScratchRoot, shown: Shown | undefined): void {
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/^holdfast: error: audit: cannot write /m) });
  expect(readCurrent(root.state)).toEqual(shown);
}

function expectFailure({ status, stdout, stderr, hit }: InjectResult, root: ScratchRoot, shown: Shown | undefined): void {
  expect(hit).toBeDefined();
  expect({ status, stdout, stderr }).toEqual({
    status: 73,
    stdout: '',
    stderr: expect.stringMatching(/^holdfast: error: cannot |^holdfast: error: wrote /),
  });
  expect(readCurrent(root.state)).toEqual(shown);
}
