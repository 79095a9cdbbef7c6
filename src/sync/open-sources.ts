/**
 * The sources that the configuration names, ready to fetch; the code of each type is chosen here and nowhere else.
 */
import type { Config, LdapSourceConfig } from '../config/schema.ts';
import { LdapSource } from '../sources/ldap/ldap-source.ts';
import type { Source } from '../sources/source.ts';
import { ldapSettings } from './ldap-settings.ts';

/** @throws HoldfastError `configuration` for a secret, certificate or filter that cannot be used */
export function openSources(config: Config, now: () => number): Source[] {
  return config.source.map((source) => openSource(source, now));
}

export function openSource(source: LdapSourceConfig, now: () => number): Source {
  return new LdapSource(ldapSettings(source), now);
}
