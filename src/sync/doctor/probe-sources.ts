/**
 * Asks the servers of all sources at once whether they are there, and reads the certificates for it.
 */
import type { Config } from '../../config/schema.ts';
import { HoldfastError } from '../../errors.ts';
import type { Source } from '../../sources/source.ts';
import { Secrets } from '../secrets/secrets.ts';
import { certificatesOf, openSources } from '../sources/open-sources.ts';
import type { SourceCertificates } from './certificates.ts';
import type { DoctorHost } from './host.ts';
import { whyUnasked } from './read-configuration.ts';
import type { SourceProbe } from './sources.ts';

export async function probeSources(host: DoctorHost): Promise<readonly SourceProbe[]> {
  const { config, paths, now, offline, signal } = host;
  if (config === undefined) return [];
  if (offline) return config.source.map(({ name }) => ({ name, unasked: '--offline was given' }));
  const secrets = new Secrets({ config: { ...config, secrets: { cache: false } }, paths, now });
  const sources = openSources({ config, paths, now }, secrets);
  return await Promise.all(
    config.source.map(async (source, index) => {
      const unasked = whyUnasked(source, host);
      const opened = sources[index];
      if (unasked !== undefined || opened === undefined) return { name: source.name, unasked: unasked ?? 'it has no servers' };
      return await probe(opened, signal);
    }),
  );
}

/** What cannot be read is said where the configuration is looked at. */
async function probe(source: Source, signal: AbortSignal): Promise<SourceProbe> {
  try {
    return { name: source.name, servers: (await source.probe?.(signal)) ?? [] };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HoldfastError) return { name: source.name, unasked: error.message };
    throw error;
  }
}

/** Of sources whose certificates are files of this host. */
export function readCertificates(host: DoctorHost & { readonly config: Config }): SourceCertificates[] {
  return host.config.source.flatMap((source) => {
    try {
      return whyUnasked(source, { offline: true }) === undefined
        ? [{ name: source.name, certificates: certificatesOf(source, host.now()) }]
        : [];
    } catch (error) {
      if (error instanceof HoldfastError) return [];
      throw error;
    }
  });
}
