/**
 * The sources that the configuration names; what differs from type to type is chosen here and nowhere else.
 */
import type { Aws } from '../../aws/aws.ts';
import type { ConfigProblem } from '../../config/config-problem.ts';
import type { LdapSourceConfig } from '../../config/ldap-source-schema.ts';
import type { SourceConfig } from '../../config/source-schema.ts';
import type { DirectorySnapshot } from '../../directory/snapshot.ts';
import { FileSource } from '../../sources/file/file-source.ts';
import { IamSource } from '../../sources/iam/iam-source.ts';
import { LdapSource } from '../../sources/ldap/ldap-source.ts';
import type { CertificateEnd, Source } from '../../sources/source.ts';
import { loadSnapshot } from '../../state/snapshot-file.ts';
import { expiringCertificates } from '../secrets/certificate-expiry.ts';
import type { ConfiguredHost } from '../context.ts';
import { fileSettings, withFormat } from './file-settings.ts';
import { iamSettings, withLinuxGroups } from './iam-settings.ts';
import { ldapSettings, secretChecks, withSearches } from './ldap-settings.ts';
import { openAws } from './open-aws.ts';
import { readLocalSecret, type SecretReader, type Secrets } from '../secrets/secrets.ts';
import type { SourceCheck } from './source-check.ts';

/** What sources ask of the host and its other settings. */
interface Surroundings {
  readonly now: () => number;
  readonly secrets: Secrets;
  readonly openAws: (signal: AbortSignal) => Aws;
  readonly lastGood: (source: string) => DirectorySnapshot | undefined;
}

export function openSources({ config, paths, now }: ConfiguredHost, secrets: Secrets): Source[] {
  const surroundings: Surroundings = {
    now: () => now().getTime(),
    secrets,
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
  let certificates: readonly CertificateEnd[] | undefined;
  return {
    name: source.name,
    get certificates() {
      return certificates;
    },
    fetch: async (signal, onProgress) => {
      const made = makeSource(source, await surroundings.secrets.readerFor(source, signal), surroundings);
      ({ certificates } = made);
      return await made.fetch(signal, onProgress);
    },
    probe: async (signal) => {
      const made = makeSource(source, await surroundings.secrets.readerFor(source, signal), surroundings);
      ({ certificates } = made);
      return (await made.probe?.(signal)) ?? [];
    },
  };
}

/** @throws HoldfastError `configuration` for a secret, certificate or filter that cannot be used */
function makeSource(source: SourceConfig, readSecret: SecretReader, { now, openAws: open, lastGood }: Surroundings): Source {
  switch (source.type) {
    case 'ldap':
      return new LdapSource(ldapSettings(source, readSecret), now);
    case 'file':
      return new FileSource(fileSettings(source), now);
    case 'iam':
      return new IamSource(iamSettings(source, { openAws: open, lastGood: () => lastGood(source.name) }), now);
  }
}

/** What can be checked without asking it. */
export function checksOf(source: SourceConfig, readSecret: SecretReader): SourceCheck[] {
  switch (source.type) {
    case 'ldap':
      return [...secretChecks(source, readSecret), { path: [], check: () => new LdapSource(ldapSettings(source, readSecret), Date.now) }];
    case 'file':
      return [{ path: ['path'], check: () => new FileSource(fileSettings(source), Date.now).read() }];
    case 'iam':
      return [];
  }
}

/** What is odd about it; for one whose checks have passed. Paths are below the source. */
export function warningsOfSource(source: SourceConfig, readSecret: SecretReader, now: Date): ConfigProblem[] {
  switch (source.type) {
    case 'ldap':
      return warnOfCertificates(source, readSecret, now);
    case 'file':
    case 'iam':
      return [];
  }
}

/** As its files have them. @throws HoldfastError for one that cannot be read */
export function certificatesOf(source: SourceConfig, now: Date, readSecret: SecretReader = readLocalSecret): readonly CertificateEnd[] {
  return source.type === 'ldap' ? new LdapSource(ldapSettings(source, readSecret), () => now.getTime()).certificates : [];
}

function warnOfCertificates(source: LdapSourceConfig, readSecret: SecretReader, now: Date): ConfigProblem[] {
  return expiringCertificates(certificatesOf(source, now, readSecret), now).map(({ kind, text }) => ({
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
    case 'iam':
      return withLinuxGroups(source);
  }
}
