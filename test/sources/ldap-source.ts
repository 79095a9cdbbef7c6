/**
 * LDAP sources for tests: one pass over people and one over groups of the search base that the tests' servers have.
 */
import { HoldfastError } from '../../src/errors.ts';
import { LdapSource, type LdapSourceSettings } from '../../src/sources/ldap/ldap-source.ts';
import { schemas } from '../../src/sources/ldap/schema.ts';
import { parseEndpoint, type TlsMaterial, type TlsMode } from '../../src/sources/ldap/transport.ts';
import type { DirectorySnapshot } from '../../src/directory/snapshot.ts';
import { SEARCH_BASE } from '../support/ldif.ts';

export interface SourceOptions extends Partial<Omit<LdapSourceSettings, 'tls' | 'endpoints'>> {
  /** Default `off` for ldap://. */
  readonly mode?: TlsMode;
  readonly tls?: Partial<TlsMaterial>;
}

const { userFilter, groupFilter, ...schema } = schemas.rfc2307;

export function ldapSource(uris: string | readonly string[], { mode, tls, ...settings }: SourceOptions = {}): LdapSource {
  const endpoints = [uris].flat().map((uri) => parseEndpoint(uri, mode ?? (uri.startsWith('ldap:') ? 'off' : undefined)));
  const search = { searchBase: SEARCH_BASE, scope: 'sub' as const };
  return new LdapSource(
    {
      name: 'corp',
      endpoints,
      tls: { minVersion: '1.2', ...tls },
      bind: { method: 'anonymous' },
      connectTimeout: 10_000,
      timeout: 30_000,
      pageSize: 100,
      limits: { entries: 2_000_000, bytes: 1_073_741_824 },
      schema,
      users: { ...search, filter: userFilter, passwordHashes: false },
      groups: { ...search, filter: groupFilter },
      ...settings,
    },
    Date.now,
  );
}

export async function fetchAll(source: LdapSource, signal: AbortSignal = new AbortController().signal): Promise<DirectorySnapshot> {
  return await source.fetch(signal, () => undefined);
}

/** What it is refused with, as a value. */
export async function failureOf(work: Promise<unknown>): Promise<HoldfastError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
