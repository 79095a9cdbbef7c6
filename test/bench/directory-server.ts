/**
 * A directory behind mutual TLS, the configuration that pulls it, and the least that a pull of it costs: ldapsearch of the
 * same entries and attributes in the same pages, written to nowhere.
 */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requestedGroupAttributes, requestedUserAttributes, schemas } from '../../src/sources/ldap/schema.ts';
import { personDn } from '../support/ldif.ts';
import type { Company } from '../support/people.ts';
import { type Certificate, createPki } from '../support/pki.ts';
import { type Slapd, startSlapd } from '../support/slapd.ts';
import { type Cost, timeProgram } from './timed-program.ts';

const PAGE_SIZE = 1000;

/** Paths of what a client needs for mutual TLS. */
export interface ClientCertificates extends Certificate {
  readonly ca: string;
}

export class DirectoryServer implements AsyncDisposable {
  readonly #slapd: Slapd;
  readonly company: Company;
  readonly certificates: ClientCertificates;

  private constructor(slapd: Slapd, company: Company, certificates: ClientCertificates) {
    this.#slapd = slapd;
    this.company = company;
    this.certificates = certificates;
  }

  static async start(folder: string, company: Company): Promise<DirectoryServer> {
    const { ca } = await createPki(join(folder, 'pki'));
    const server = await ca.issueServer({ name: 'ldap-1' });
    const client = await ca.issueClient({ commonName: 'bench' });
    const tls = { ...server, clientCa: ca.cert, verifyClient: 'demand' } as const;
    const slapd = await startSlapd({ tls, anonymous: 'refused', people: company });
    return new DirectoryServer(slapd, company, { ...client, ca: ca.cert });
  }

  get uri(): string {
    return this.#slapd.uris.ldaps;
  }

  get base(): string {
    return this.#slapd.base;
  }

  /** A configuration that pulls all of it and lets everybody in. */
  async writeConfig(path: string): Promise<void> {
    const { ca, cert, key } = this.certificates;
    await writeFile(
      path,
      `version = 1
[[source]]
name = "corp"
type = "ldap"
uris = ["${this.uri}"]
base = "${this.base}"
page_size = ${PAGE_SIZE}
[source.tls]
ca = "file:${ca}"
cert = "file:${cert}"
key = "file:${key}"
[access]
everyone = true
[policy]
uid_range = [1000, 2000000]
gid_range = [1000, 2000000]
`,
    );
  }

  /** People, then groups, each over a connection of its own. */
  async pullByLdapsearch(): Promise<Cost> {
    const { user, group, userFilter, groupFilter, accountRules } = schemas.rfc2307;
    const search = ['ldapsearch', '-Q', '-Y', 'EXTERNAL', '-LLL', '-H', this.uri, '-b', this.base];
    const pass = (filter: string, attributes: readonly string[]): string =>
      [...search, '-E', `pr=${PAGE_SIZE}/noprompt`, `'${filter}'`, ...attributes].join(' ');
    const passes = [
      pass(userFilter, requestedUserAttributes(user, false, accountRules)),
      pass(groupFilter, requestedGroupAttributes(group)),
    ];
    const { ca, cert, key } = this.certificates;
    const env = { LDAPTLS_CACERT: ca, LDAPTLS_CERT: cert, LDAPTLS_KEY: key };
    return await timeProgram(['sh', '-c', passes.map((line) => `${line} >/dev/null`).join(' && ')], { env });
  }

  async addKeys(logins: readonly string[], key: string): Promise<void> {
    const changes = logins.map((login) => `dn: ${personDn(login)}\nchangetype: modify\nadd: sshPublicKey\nsshPublicKey: ${key}\n`);
    await this.#slapd.modify(changes.join('\n'));
  }

  /** Bytes that the server has written to its sockets since its start, TLS and all: the kernel counts them, its database is mapped memory. */
  bytesSent(): number {
    const text = readFileSync(`/proc/${this.#slapd.pid}/io`, 'utf8');
    return Number(/^wchar: (\d+)$/m.exec(text)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#slapd[Symbol.asyncDispose]();
  }
}
