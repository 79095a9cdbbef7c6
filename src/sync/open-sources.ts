/**
 * The sources that the configuration names; what differs from type to type is chosen here and nowhere else.
 */
import type { ConfigProblem } from '../config/config-problem.ts';
import type { Config } from '../config/schema.ts';
import type { SourceConfig } from '../config/source-schema.ts';
import { FileSource } from '../sources/file/file-source.ts';
import { LdapSource } from '../sources/ldap/ldap-source.ts';
import type { Source } from '../sources/source.ts';
import { warnOfCertificate } from './certificate-warning.ts';
import { fileSettings, withFormat } from './file-settings.ts';
import { ldapSettings, secretChecks, withSearches } from './ldap-settings.ts';
import type { SourceCheck } from './source-check.ts';

export function openSources(config: Config, now: () => number): Source[] {
  return config.source.map((source) => openSource(source, now));
}

/**
 * Certificates and secrets are read when the source is asked: one that cannot be read is a failure of this source, and neither the
 * others nor what is to be done without any source wait for it.
 */
function openSource(source: SourceConfig, now: () => number): Source {
  return {
    name: source.name,
    fetch: async (signal, onProgress) => await makeSource(source, now).fetch(signal, onProgress),
  };
}

/** @throws HoldfastError `configuration` for a secret, certificate or filter that cannot be used */
function makeSource(source: SourceConfig, now: () => number): Source {
  switch (source.type) {
    case 'ldap':
      return new LdapSource(ldapSettings(source), now);
    case 'file':
      return new FileSource(fileSettings(source), now);
  }
}

/** What can be checked without asking it. */
export function checksOf(source: SourceConfig): SourceCheck[] {
  switch (source.type) {
    case 'ldap':
      return [...secretChecks(source), { path: [], check: () => makeSource(source, Date.now) }];
    case 'file':
      return [{ path: ['path'], check: () => new FileSource(fileSettings(source), Date.now).read() }];
  }
}

/** What is odd about it; for one whose checks have passed. Paths are below the source. */
export function warningsOfSource(source: SourceConfig, now: Date): ConfigProblem[] {
  switch (source.type) {
    case 'ldap':
      return warnOfCertificate(source, now);
    case 'file':
      return [];
  }
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
