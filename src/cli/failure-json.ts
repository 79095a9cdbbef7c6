/**
 * A command that failed, for who asked for JSON: a configuration's problems one by one, with their places.
 */
import { ConfigurationError } from '../config/config-problem.ts';
import type { HoldfastError } from '../errors.ts';
import { exitStatusOf } from '../exit-status.ts';
import type { LocatedProblem } from '../toml/problem.ts';

export function failureJson(error: HoldfastError): unknown {
  return { ok: false, exitStatus: exitStatusOf(error.code), error: errorJson(error), ...problemsJson(error) };
}

export function errorJson({ code, detail, message, hints }: HoldfastError): object {
  return { code, ...(detail === undefined ? {} : { detail }), message, hints };
}

export function problemsJson(error: HoldfastError): { readonly problems?: unknown } {
  if (error instanceof ConfigurationError) return { problems: error.problems.map(problemJson) };
  return error.code === 'configuration' ? { problems: error.message.split('\n').map((text) => ({ text })) } : {};
}

export function problemJson({ file, position, key, text }: LocatedProblem): unknown {
  return { file, ...position, ...(key === undefined ? {} : { key }), text };
}
