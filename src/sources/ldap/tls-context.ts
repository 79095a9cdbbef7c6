/**
 * Certificates and key, read and checked once: a broken one is a configuration error that no server is asked about.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext, type SecureContextOptions } from 'node:tls';
import { HoldfastError, messageOf } from '../../errors.ts';
import { subjectOf } from './certificate-text.ts';
import { opensslReason } from './connection-end.ts';
import type { TlsMaterial } from './transport.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs;
/** OpenSSL's default begins with X25519 and its hybrids. */
const OTHER_GROUPS = 'P-384:P-256:X25519:P-521';

export class TlsContext {
  /** Ours, the first of `cert`. */
  readonly client: X509Certificate | undefined;
  /** All of `cert`. */
  readonly chain: readonly X509Certificate[];
  /** Those of `ca`; undefined for those of the system. */
  readonly authorities: readonly X509Certificate[] | undefined;
  readonly #material: TlsMaterial;
  #secure: SecureContext | undefined;

  /** @throws HoldfastError `configuration` */
  constructor(material: TlsMaterial) {
    this.#material = material;
    this.authorities = material.ca === undefined ? undefined : parseCertificates(material.ca, 'tls.ca');
    this.chain = material.cert === undefined ? [] : parseCertificates(material.cert, 'tls.cert');
    [this.client] = this.chain;
    const key = material.key === undefined ? undefined : parseKey(material.key, 'tls.key');
    if (this.client !== undefined && key !== undefined) checkPair(this.client, key);
  }

  /**
   * Made once, and only where TLS is spoken: to read all CAs of the system takes a tenth of a second.
   *
   * @throws HoldfastError `configuration`
   */
  secure(): SecureContext {
    this.#secure ??= this.#create({});
    return this.#secure;
  }

  /** Asks for another key exchange first, so that a handshake with it has another length: see `refusal-probe.ts`. */
  otherShape(): SecureContext {
    return this.#create({ ecdhCurve: OTHER_GROUPS });
  }

  #create(options: SecureContextOptions): SecureContext {
    const { cert, key, minVersion } = this.#material;
    try {
      return createSecureContext({
        // Node's own default is a list that was built into it, not what this host trusts.
        ca: this.authorities?.map(String) ?? [...new Set(getCACertificates('system'))],
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        minVersion: `TLSv${minVersion}`,
        ...options,
      });
    } catch (error) {
      throw unusable(`tls: certificate, key or CA cannot be used: ${opensslReason(error) ?? messageOf(error)}`, error);
    }
  }
}

function parseCertificates(pem: string, what: string): X509Certificate[] {
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) throw unusable(`${what} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)`);
  return blocks.map((block, index) => parseCertificate(block, `${what}: certificate ${index + 1}`));
}

function parseCertificate(pem: string, what: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw unusable(`${what} cannot be read: ${opensslReason(error) ?? messageOf(error)}`, error);
  }
}

function parseKey(pem: string, what: string): KeyObject {
  if (pem.includes('ENCRYPTED')) {
    throw unusable(`${what} is protected by a passphrase, which nobody is there to type`, undefined, [
      'make a copy without one: openssl pkey -in KEY -out NEW-KEY',
    ]);
  }
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw unusable(`${what} holds no private key in PEM that can be read: ${opensslReason(error) ?? messageOf(error)}`, error);
  }
}

function checkPair(certificate: X509Certificate, key: KeyObject): void {
  if (certificate.checkPrivateKey(key)) return;
  throw unusable(`tls.key does not belong to the certificate of tls.cert (${subjectOf(certificate)})`, undefined, [
    'name the key that this certificate was requested with; in tls.cert the own certificate comes first, then its chain',
  ]);
}

function unusable(message: string, cause?: unknown, hints: readonly string[] = []): HoldfastError {
  return new HoldfastError('configuration', message, { detail: 'certificate-unusable', hints, cause });
}
