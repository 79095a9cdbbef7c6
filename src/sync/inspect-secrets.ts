/**
 * The secrets of a configuration that is only looked at: whether they can be fetched is the question, and a copy is no answer.
 */
import type { ConfigParts } from '../config/config-parts.ts';
import type { ConfigProblem } from '../config/config-problem.ts';
import type { SourceConfig } from '../config/source-schema.ts';
import { HoldfastError } from '../errors.ts';
import { DEFAULT_STATE_DIRECTORY, hostPaths } from '../host/paths.ts';
import type { Invocation } from './context.ts';
import { needsParameterStore, type SecretReader, Secrets } from './secrets.ts';

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
  try {
    return await secrets.readerFor(source, signal);
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
}
