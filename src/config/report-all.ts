/**
 * Several checks, all of whose complaints are reported in one run: who mends a configuration at night shall not find its
 * mistakes one by one.
 */
import { HoldfastError } from '../errors.ts';

/** Runs all; @throws HoldfastError `configuration` with the messages and hints of those that failed with that code */
export function reportAll(checks: readonly (() => unknown)[]): void {
  const failures = checks.map(failureOf).filter((failure) => failure !== undefined);
  if (failures.length === 0) return;
  const messages = withoutRepeated(failures.map(({ message }) => message));
  const hints = new Set(failures.flatMap((failure) => failure.hints));
  throw new HoldfastError('configuration', messages.join('\n'), { hints: [...hints] });
}

/** One check may find again what another has said with its place before it. */
function withoutRepeated(messages: readonly string[]): string[] {
  return [...new Set(messages)].filter((message) => !messages.some((other) => other.endsWith(`: ${message}`)));
}

function failureOf(check: () => unknown): HoldfastError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'configuration') return error;
    throw error;
  }
}
