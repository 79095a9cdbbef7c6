/**
 * Throwaway certificates for TLS in tests: a CA that servers and clients trust, and another that nobody does.
 *
 * By openssl-ca(1), the one command of OpenSSL 3.0 that takes both ends of a certificate's life. Keys are EC P-256: one is
 * made in a few milliseconds.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectSuccess, runProgram } from './running-program.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What goes into every subject: slapd finds a client's directory name by it. */
const ORGANIZATION = 'Example';

export interface Validity {
  /** Default: yesterday. */
  readonly notBefore?: Date;
  /** Default: in two years. */
  readonly notAfter?: Date;
}

export interface ServerRequest extends Validity {
  readonly name: string;
  /** As OpenSSL writes them: `DNS:ldap.example.org`, `IP:127.0.0.1`. Default: loopback's address. */
  readonly sans?: readonly string[];
}

export interface ClientRequest extends Validity {
  readonly commonName: string;
  /** Default `hosts`. */
  readonly organizationalUnit?: string;
}

/** Paths of PEM files; the key is its owner's alone (0600). */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Pki {
  readonly ca: CertificateAuthority;
  readonly otherCa: CertificateAuthority;
}

export async function createPki(folder: string): Promise<Pki> {
  const [ca, otherCa] = await Promise.all([
    createCa(join(folder, 'ca'), 'Example Root CA'),
    createCa(join(folder, 'other-ca'), 'Somebody Else Root CA'),
  ]);
  return { ca, otherCa };
}

/** @param folder is made, and holds everything that the CA issues */
async function createCa(folder: string, commonName: string): Promise<CertificateAuthority> {
  await mkdir(folder, { recursive: true });
  const paths = { cert: join(folder, 'ca.pem'), key: join(folder, 'ca.key') };
  await writeFile(join(folder, 'index'), '');
  await writeFile(join(folder, 'ca.conf'), caConfig(folder, paths));
  await openssl([
    ...['req', '-x509', ...newKey(paths.key), '-out', paths.cert, '-subj', `/O=${ORGANIZATION}/CN=${commonName}`],
    ...['-days', '3650', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ]);
  return new CertificateAuthority(folder, paths.cert);
}

export class CertificateAuthority {
  readonly #folder: string;
  readonly cert: string;
  #issued = 0;
  /** openssl-ca(1) keeps a list of what it issued and locks nothing. */
  #last: Promise<void> = Promise.resolve();

  constructor(folder: string, cert: string) {
    this.#folder = folder;
    this.cert = cert;
  }

  async issueServer({ name, sans = ['IP:127.0.0.1'], ...validity }: ServerRequest): Promise<Certificate> {
    const extensions = [`subjectAltName=${sans.join(',')}`, 'extendedKeyUsage=serverAuth'];
    return await this.#issue(`/O=${ORGANIZATION}/CN=${name}`, extensions, validity);
  }

  async issueClient({ commonName, organizationalUnit = 'hosts', ...validity }: ClientRequest): Promise<Certificate> {
    return await this.#issue(`/O=${ORGANIZATION}/OU=${organizationalUnit}/CN=${commonName}`, ['extendedKeyUsage=clientAuth'], validity);
  }

  async #issue(subject: string, extensions: readonly string[], validity: Validity): Promise<Certificate> {
    this.#issued += 1;
    const stem = join(this.#folder, String(this.#issued));
    const paths = { cert: `${stem}.pem`, key: `${stem}.key` };
    const requested = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', ...extensions];
    await openssl([
      ...['req', '-new', ...newKey(paths.key), '-out', `${stem}.csr`, '-subj', subject],
      ...requested.flatMap((extension) => ['-addext', extension]),
    ]);
    const signed = this.#last.then(async () => await this.#sign(stem, validity));
    this.#last = signed.catch(() => undefined);
    await signed;
    return paths;
  }

  async #sign(stem: string, { notBefore = ago(DAY), notAfter = ago(-730 * DAY) }: Validity): Promise<void> {
    await openssl([
      ...['ca', '-batch', '-notext', '-config', join(this.#folder, 'ca.conf'), '-in', `${stem}.csr`, '-out', `${stem}.pem`],
      ...['-startdate', asn1Time(notBefore), '-enddate', asn1Time(notAfter)],
    ]);
  }
}

export function expired(): Validity {
  return { notBefore: ago(2 * DAY), notAfter: ago(HOUR) };
}

export function notYetValid(): Validity {
  return { notBefore: ago(-HOUR), notAfter: ago(-2 * DAY) };
}

function ago(milliseconds: number): Date {
  return new Date(Date.now() - milliseconds);
}

/** GeneralizedTime: 20260131235959Z. */
function asn1Time(date: Date): string {
  return `${date.toISOString().replaceAll(/\D/g, '').slice(0, 14)}Z`;
}

function newKey(path: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', path];
}

function caConfig(folder: string, { cert, key }: Certificate): string {
  return `
[ca]
default_ca = this
[this]
certificate = ${cert}
private_key = ${key}
database = ${join(folder, 'index')}
new_certs_dir = ${folder}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = anything
copy_extensions = copy
[anything]
organizationName = supplied
organizationalUnitName = optional
commonName = supplied
`;
}

async function openssl(args: readonly string[]): Promise<void> {
  const command = ['openssl', ...args];
  expectSuccess(await runProgram(command), command);
}
