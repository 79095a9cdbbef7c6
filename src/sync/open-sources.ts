/**
 * The sources that the configuration names; what differs from type to type is chosen here and nowhere else.
 */
import type { ConfigProblem } from '../config/config-problem.ts';
import type { Config } from '../config/schema.ts';
import type { SourceConfig } from '../config/source-schema.ts';
import { FileSource } from '../sources/file/file-source.ts';
import { LdapSource } from '../sources/ldap/ldap-source.ts';
import type { CertificateEnd, Source } from '../sources/source.ts';
import { expiringCertificates } from './certificate-expiry.ts';
import { fileSettings, withFormat } from './file-settings.ts';
import { ldapSettings, secretChecks, withSearches } from './ldap-settings.ts';
import type { SecretReader, Secrets } from './secrets.ts';
import type { SourceCheck } from './source-check.ts';

export function openSources(config: Config, secrets: Secrets, now: () => number): Source[] {
  return config.source.map((source) => openSource(source, secrets, now));
}

/**
 * Certificates and secrets are read when the source is asked: one that cannot be read is a failure of this source, and neither the
 * others nor what is to be done without any source wait for it.
 */
function openSource(source: SourceConfig, secrets: Secrets, now: () => number): Source {
  let certificates: readonly CertificateEnd[] | undefined;
  return {
    name: source.name,
    get certificates() {
      return certificates;
    },
    fetch: async (signal, onProgress) => {
      const made = makeSource(source, await secrets.readerFor(source, signal), now);
      ({ certificates } = made);
      return await made.fetch(signal, onProgress);
    },
  };
}

/** @throws HoldfastError `configuration` for a secret, certificate or filter that cannot be used */
function makeSource(source: SourceConfig, readSecret: SecretReader, now: () => number): Source {
  switch (source.type) {
    case 'ldap':
      return new LdapSource(ldapSettings(source, readSecret), now);
    case 'file':
      return new FileSource(fileSettings(source), now);
  }
}

/** What can be checked without asking it. */
export function checksOf(source: SourceConfig, readSecret: SecretReader): SourceCheck[] {
  switch (source.type) {
    case 'ldap':
      return [...secretChecks(source, readSecret), { path: [], check: () => makeSource(source, readSecret, Date.now) }];
    case 'file':
      return [{ path: ['path'], check: () => new FileSource(fileSettings(source), Date.now).read() }];
  }
}

/** What is odd about it; for one whose checks have passed. Paths are below the source. */
export function warningsOfSource(source: SourceConfig, readSecret: SecretReader, now: Date): ConfigProblem[] {
  const { certificates = [] } = makeSource(source, readSecret, () => now.getTime());
  return expiringCertificates(certificates, now).map(({ kind, text }) => ({
    path: ['tls', kind === 'ca' ? 'ca' : 'cert'],
    text: `${text}; wanted: a new one, in time`,
  }));
}

/** With what is in effect where nothing is written. */
export function effectiveSource(source: SourceConfig): SourceConfig {
  switch (source.type) {
    case 'ldap':
      return withSearches(source);
    case 'file':
      return withFormat(source);
  }
}
