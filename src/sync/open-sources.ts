/**
 * The sources that the configuration names; what differs from type to type is chosen here and nowhere else.
 */
import type { Aws } from '../aws/aws.ts';
import type { ConfigProblem } from '../config/config-problem.ts';
import type { SourceConfig } from '../config/source-schema.ts';
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import { FileSource } from '../sources/file/file-source.ts';
import { IamSource } from '../sources/iam/iam-source.ts';
import { LdapSource } from '../sources/ldap/ldap-source.ts';
import type { Source } from '../sources/source.ts';
import { loadSnapshot } from '../state/snapshot-file.ts';
import { warnOfCertificate } from './certificate-warning.ts';
import type { HostContext } from './context.ts';
import { fileSettings, withFormat } from './file-settings.ts';
import { iamSettings, withLinuxGroups } from './iam-settings.ts';
import { ldapSettings, secretChecks, withSearches } from './ldap-settings.ts';
import { openAws } from './open-aws.ts';
import type { SourceCheck } from './source-check.ts';

/** What sources ask of the host and its other settings. */
interface Surroundings {
  readonly now: () => number;
  readonly openAws: (signal: AbortSignal) => Aws;
  readonly lastGood: (source: string) => DirectorySnapshot | undefined;
}

export function openSources({ config, paths, now }: Pick<HostContext, 'config' | 'paths' | 'now'>): Source[] {
  const surroundings: Surroundings = {
    now: () => now().getTime(),
    openAws: (signal) => openAws(config, signal),
    lastGood: (source) => {
      const stored = loadSnapshot(paths.snapshot(source));
      return typeof stored === 'object' ? stored.snapshot : undefined;
    },
  };
  return config.source.map((source) => openSource(source, surroundings));
}

/**
 * Certificates and secrets are read when the source is asked: one that cannot be read is a failure of this source, and neither the
 * others nor what is to be done without any source wait for it.
 */
function openSource(source: SourceConfig, surroundings: Surroundings): Source {
  return {
    name: source.name,
    fetch: async (signal, onProgress) => await makeSource(source, surroundings).fetch(signal, onProgress),
  };
}

/** @throws HoldfastError `configuration` for a secret, certificate or filter that cannot be used */
function makeSource(source: SourceConfig, { now, openAws: open, lastGood }: Surroundings): Source {
  switch (source.type) {
    case 'ldap':
      return new LdapSource(ldapSettings(source), now);
    case 'file':
      return new FileSource(fileSettings(source), now);
    case 'iam':
      return new IamSource(iamSettings(source, { openAws: open, lastGood: () => lastGood(source.name) }), now);
  }
}

/** What can be checked without asking it. */
export function checksOf(source: SourceConfig): SourceCheck[] {
  switch (source.type) {
    case 'ldap':
      return [...secretChecks(source), { path: [], check: () => new LdapSource(ldapSettings(source), Date.now) }];
    case 'file':
      return [{ path: ['path'], check: () => new FileSource(fileSettings(source), Date.now).read() }];
    case 'iam':
      return [];
  }
}

/** What is odd about it; for one whose checks have passed. Paths are below the source. */
export function warningsOfSource(source: SourceConfig, now: Date): ConfigProblem[] {
  switch (source.type) {
    case 'ldap':
      return warnOfCertificate(source, now);
    case 'file':
    case 'iam':
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
    case 'iam':
      return withLinuxGroups(source);
  }
}
