/**
 * A company's directory as its hosts see it: a real slapd that demands a client certificate, a host's certificate from the
 * right CA, and the configuration with which holdfast pulls from it.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Changes } from '../config/configuration.ts';
import { personDn, toLdif } from './ldif.ts';
import type { Company, Group, Person } from './people.ts';
import { type Certificate, createPki } from './pki.ts';
import { type Slapd, type SlapdOptions, startSlapd } from './slapd.ts';

/** The common name of the certificate with which the tests' host binds. */
export const HOST_NAME = 'web-1';

export type CompanyDirectoryOptions = Pick<SlapdOptions, 'people' | 'ldif' | 'extraConfig'>;

export async function startCompanyDirectory(options: CompanyDirectoryOptions): Promise<CompanyDirectory> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-directory-'));
  try {
    const { ca } = await createPki(folder);
    const [server, client] = await Promise.all([ca.issueServer({ name: 'ldap-1' }), ca.issueClient({ commonName: HOST_NAME })]);
    const slapd = await startSlapd({ ...options, tls: { ...server, clientCa: ca.cert, verifyClient: 'demand' } });
    return new CompanyDirectory(folder, slapd, ca.cert, client);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

export class CompanyDirectory {
  readonly slapd: Slapd;
  readonly #folder: string;
  readonly #ca: string;
  readonly #client: Certificate;

  constructor(folder: string, slapd: Slapd, ca: string, client: Certificate) {
    this.slapd = slapd;
    this.#folder = folder;
    this.#ca = ca;
    this.#client = client;
  }

  /** The configuration of a host of this company, for `configText`: mutual TLS, and the certificate is the bind. */
  config(changes: Changes = {}): Changes {
    return {
      'source[0].uris': [this.slapd.uris.ldaps],
      'source[0].base': this.slapd.base,
      'source[0].bind': undefined,
      'source[0].tls': { ca: `file:${this.#ca}`, cert: `file:${this.#client.cert}`, key: `file:${this.#client.key}` },
      ...changes,
    };
  }

  async hire(people: readonly Person[], groups: readonly Group[] = []): Promise<void> {
    await this.slapd.add(ldifOf(people, groups));
  }

  /** They are gone until the result is disposed of. */
  async without(people: readonly Person[]): Promise<AsyncDisposable> {
    await this.slapd.delete(...people.map(({ uid }) => personDn(uid)));
    return { [Symbol.asyncDispose]: async () => await this.hire(people) };
  }

  /** Nobody answers meanwhile. */
  async whileDown<T>(work: () => Promise<T>): Promise<T> {
    await this.slapd.stop();
    try {
      return await work();
    } finally {
      await this.slapd.start();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.slapd[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The company with more groups than it was made with. */
export function withGroups(company: Company, groups: readonly Group[]): Company {
  return { ...company, groups: [...company.groups, ...groups] };
}

/** Their entries, without those of the folders (`ou`) that are there already. */
function ldifOf(people: readonly Person[], groups: readonly Group[]): string {
  const [, , ...entries] = [...toLdif({ count: people.length, people, groups })].join('').split('\n\n');
  return entries.join('\n\n');
}
