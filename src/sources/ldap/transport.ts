/**
 * Where an LDAP server is, and which TLS to speak with it, as the configuration says.
 */
import { quote } from '../../directory/rejection.ts';
import { HoldfastError } from '../../errors.ts';

export type TlsMode = 'ldaps' | 'starttls' | 'off';

export interface Endpoint {
  /** As configured, for messages. */
  readonly uri: string;
  readonly host: string;
  readonly port: number;
  readonly mode: TlsMode;
}

/** Certificates and key as PEM. */
export interface TlsMaterial {
  /** Those of the system when absent. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name that the server's certificate must have, when it is not the host's. */
  readonly serverName?: string;
  readonly minVersion: '1.2' | '1.3';
}

const DEFAULT_PORTS = { ldap: 389, ldaps: 636 } as const;

/** @throws HoldfastError `configuration` */
export function parseEndpoint(uri: string, mode: TlsMode | undefined): Endpoint {
  const url = parseUrl(uri);
  const isSecure = url.protocol === 'ldaps:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { uri, host, port: url.port === '' ? DEFAULT_PORTS[isSecure ? 'ldaps' : 'ldap'] : Number(url.port), mode: mode ?? 'ldaps' };
}

function parseUrl(uri: string): URL {
  try {
    return new URL(uri);
  } catch (error) {
    throw new HoldfastError('configuration', `${quote(uri)} is no URI of an LDAP server`, {
      hints: ['wanted: "ldaps://host", "ldaps://host:port" with a port up to 65535, or "ldaps://[IPv6 address]"'],
      cause: error,
    });
  }
}
