/**
 * The day that counted for the age of keys in the last run, and the clock by which it did. Kept only where `max_age` is set.
 */
import { z } from 'zod';
import type { Day } from '../directory/day.ts';
import { readStateFile, removeStateFile, writeStateFile } from './state-file.ts';

const daySchema = z.int().nonnegative();
const ageingDaySchema = z.strictObject({
  version: z.literal(1),
  day: daySchema,
  clock: daySchema,
  behindSince: daySchema.optional(),
});

/** As the policy takes it. */
interface StoredAgeingDay {
  readonly day: Day;
  readonly clock: Day;
  readonly behindSince?: Day | undefined;
}

/** Undefined when there is none, or none that can be read. @throws HoldfastError `cache-failed` */
export function readAgeingDay(path: string): StoredAgeingDay | undefined {
  return readStateFile(path, ageingDaySchema);
}

/** Touches nothing when the file says so already. @throws HoldfastError `cache-failed` */
export function writeAgeingDay(path: string, { day, clock, behindSince }: StoredAgeingDay): void {
  const earlier = readAgeingDay(path);
  if (earlier?.day === day && earlier.clock === clock && earlier.behindSince === behindSince) return;
  writeStateFile(path, { version: 1, day, clock, behindSince });
}

/** @throws HoldfastError `cache-failed` */
export function forgetAgeingDay(path: string): void {
  removeStateFile(path);
}
