/**
 * A command that failed, for who asked for JSON: a configuration's problems one by one, with their places.
 */
import { ConfigurationError } from '../config/config-problem.ts';
import type { HoldfastError } from '../errors.ts';
import { exitStatusOf } from '../exit-status.ts';
import type { LocatedProblem } from '../toml/problem.ts';

export function failureJson(error: HoldfastError): unknown {
  const { code, message, hints } = error;
  return { ok: false, exitStatus: exitStatusOf(code), error: { code, message, hints }, ...problemsJson(error) };
}

function problemsJson(error: HoldfastError): { readonly problems?: unknown } {
  if (error instanceof ConfigurationError) return { problems: error.problems.map(problemJson) };
  return error.code === 'configuration' ? { problems: error.message.split('\n').map((text) => ({ text })) } : {};
}

export function problemJson({ file, position, key, text }: LocatedProblem): unknown {
  return { file, ...position, ...(key === undefined ? {} : { key }), text };
}
