/**
 * A run that is killed, at any moment and at every step that counts: what serves is the old generation or the new one, whole,
 * and the next run puts everything right.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOLDFAST_ENV } from '../support/agent-host.ts';
import { readCurrent } from '../support/current-generation.ts';
import {
  CHANGING_SYNC,
  changingSync,
  expectHealed,
  FIRST_SYNC,
  firstSync,
  litter,
  pathOf,
  shownBefore,
  type Stage,
  stepsOfSync,
  syncCommand,
  syncWithFault,
} from '../support/interrupted-sync.ts';
import { startProgram } from '../support/running-program.ts';

/** Parts of the time that a run takes; in the first third it only starts and asks the directory. */
const MOMENTS = Array.from({ length: 10 }, (_, index) => 0.3 + 0.07 * index);

describe.each([
  { title: 'a first sync', make: firstSync, steps: FIRST_SYNC },
  { title: 'a sync that changes one person', make: changingSync, steps: CHANGING_SYNC },
])('$title', ({ make, steps }) => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await make();
  });

  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  test('has everything on the disk before it can be seen, in these steps', async () => {
    await using root = await stage.copy();
    expect(await stepsOfSync(root)).toEqual(steps);
    expect(readCurrent(root.state)).toEqual(stage.after);
    expect(litter(root.state)).toEqual([]);
  });

  // syncfs(2) is called by sync(1), a program of its own: the run would go on.
  test.concurrent.each(steps.filter(({ syscall }) => syscall !== 'syncfs'))('survives a kill before $syscall of "$path"', async (step) => {
    await using root = await stage.copy();
    const { signal, hit } = await syncWithFault(root, { syscall: step.syscall, action: 'signal=KILL', when: step.nth });
    expect({ signal, hit: hit && pathOf(hit, root.state) }).toEqual({ signal: 'SIGKILL', hit: step.path });
    expect(readCurrent(root.state)).toEqual(shownBefore(step, steps, stage));
    await expectHealed(root, stage);
  });

  test('survives a kill at any moment', async () => {
    let duration = await timeOfRun(stage);
    let killed = 0;
    for (const moment of MOMENTS) {
      await using root = await stage.copy();
      const program = startProgram(syncCommand(root), { env: HOLDFAST_ENV });
      const timer = setTimeout(() => program.signal('SIGKILL'), duration * moment);
      const { signal } = await program.ended;
      clearTimeout(timer);
      if (signal === 'SIGKILL') killed += 1;
      else duration = await timeOfRun(stage);
      expect([stage.before, stage.after]).toContainEqual(readCurrent(root.state));
      await expectHealed(root, stage);
    }
    expect(killed).toBeGreaterThan(0);
  });
});

async function timeOfRun(stage: Stage): Promise<number> {
  await using root = await stage.copy();
  const start = performance.now();
  await startProgram(syncCommand(root), { env: HOLDFAST_ENV }).ended;
  return performance.now() - start;
}
