import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { concurrently } from '../../../src/sources/iam/concurrently.ts';

const noFailure = (error: unknown): void => {
  throw error;
};

describe('concurrently', () => {
  test('gives results in the order of their subjects, and never does more at a time than it may', async () => {
    let [running, most] = [0, 0];
    const doubled = await concurrently(
      Array.from({ length: 20 }, (_, number) => number),
      4,
      async (number) => {
        running += 1;
        most = Math.max(most, running);
        await sleep(number % 3);
        running -= 1;
        return number * 2;
      },
      noFailure,
    );
    expect(doubled).toEqual(Array.from({ length: 20 }, (_, number) => number * 2));
    expect(most).toBe(4);
    expect(await concurrently([], 4, async () => await Promise.resolve(1), noFailure)).toEqual([]);
  });

  test('begins nothing after a failure, tells of it at once, and waits for what is under way', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const told: unknown[] = [];
    const work = async (number: number): Promise<void> => {
      begun.push(number);
      await sleep(number === 1 ? 1 : 20);
      if (number === 1) throw new Error('no');
      ended.push(number);
    };
    await expect(concurrently([0, 1, 2, 3, 4, 5], 3, work, (error) => told.push(error))).rejects.toThrow('no');
    expect([begun, ended, told]).toEqual([[0, 1, 2], [0, 2], [expect.objectContaining({ message: 'no' })]]);
  });
});
