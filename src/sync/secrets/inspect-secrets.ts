/**
 * The secrets of a configuration that is only looked at: whether they can be fetched is the question, and a copy is no answer.
 *
 * Parameter Store has a short time for it: somebody waits, and all else can be looked at without it.
 */
import type { ConfigParts } from '../../config/config-parts.ts';
import type { ConfigProblem } from '../../config/config-problem.ts';
import type { SourceConfig } from '../../config/source-schema.ts';
import { HoldfastError } from '../../errors.ts';
import { DEFAULT_STATE_DIRECTORY, hostPaths } from '../../host/paths.ts';
import type { Invocation } from '../context.ts';
import { needsParameterStore, type SecretReader, Secrets } from './secrets.ts';

/** Milliseconds for Parameter Store, instead of a run's minute. */
const PATIENCE = 5000;

export interface InspectedSecrets {
  /** Of each source; undefined where the source is not right in itself, or its secrets could not be fetched. */
  readonly readers: readonly (SecretReader | undefined)[];
  /** Why Parameter Store gave nothing. */
  readonly failure: HoldfastError | undefined;
  /** To be asked for when all are read. */
  readonly warnings: () => ConfigProblem[];
}

export async function inspectSecrets(
  { root, now }: Pick<Invocation, 'root' | 'now'>,
  { sources, aws, state }: ConfigParts,
  signal: AbortSignal,
): Promise<InspectedSecrets> {
  const whole = sources.flatMap((source) => source.whole ?? []);
  const config = { source: whole, aws: aws ?? {}, secrets: { cache: false } };
  const secrets = new Secrets({ config, paths: hostPaths(root, state?.dir ?? DEFAULT_STATE_DIRECTORY), now });
  // Without a good [aws], nobody knows whom to ask.
  const isReadable = (source: SourceConfig): boolean => aws !== undefined || !needsParameterStore(source);
  const readers = await Promise.all(
    sources.map(async (source) =>
      source.whole === undefined || !isReadable(source.whole) ? undefined : await readerOf(secrets, source.whole, signal),
    ),
  );
  return {
    readers: readers.map((reader) => (reader instanceof HoldfastError ? undefined : reader)),
    failure: readers.find((reader) => reader instanceof HoldfastError),
    warnings: () => secrets.warnings().map(({ text, hint }) => ({ path: [], text: `${text} (${hint})` })),
  };
}

async function readerOf(secrets: Secrets, source: SourceConfig, signal: AbortSignal): Promise<SecretReader | HoldfastError> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(noAnswer()), PATIENCE);
  try {
    return await secrets.readerFor(source, AbortSignal.any([signal, patience.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HoldfastError) return notChecked(error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function noAnswer(): HoldfastError {
  return new HoldfastError('source-unavailable', `AWS: no answer within ${PATIENCE / 1000} s`, {
    detail: 'timed-out',
    hints: ['on a host that cannot reach AWS that is to be expected; a run waits longer'],
  });
}

function notChecked({ code, detail, message, hints }: HoldfastError): HoldfastError {
  return new HoldfastError(code, `what ssm: names was not fetched, so that it is not checked: ${message}`, { detail, hints });
}
