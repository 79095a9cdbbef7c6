/** What a call is refused with, as a value: matchers inside an object have no types. */
import { HoldfastError } from '../../src/errors.ts';

export function failureOf(work: () => unknown): HoldfastError {
  try {
    work();
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
