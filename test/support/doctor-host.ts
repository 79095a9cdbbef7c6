/**
 * A host that is well, for `holdfast doctor`: wired as packaged, synced from a real slapd with mutual TLS that tells its time.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Changes, configText } from '../config/configuration.ts';
import { AgentHost, HOLDFAST, HOLDFAST_ENV, StateDisk } from './agent-host.ts';
import { wireHost } from './packaged-sshd.ts';
import { generatePeople } from './people.ts';
import { type Certificate, createPki, type Pki } from './pki.ts';
import { expectSuccess, type ProgramResult } from './running-program.ts';
import { type Slapd, startSlapd } from './slapd.ts';

export interface DoctorReport {
  readonly ok: boolean;
  readonly findings: readonly DoctorFinding[];
  readonly notChecked: readonly { readonly check: string; readonly reason: string }[];
  readonly fine: readonly { readonly check: string }[];
}

interface DoctorFinding {
  readonly code: string;
  readonly severity: 'problem' | 'warning';
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

/** The monitor backend tells the time, and everybody may read it. */
const WITH_CLOCK = `access to attrs=userPassword by anonymous auth by * none
access to * by * read
database monitor`;

export class DoctorHost {
  readonly #folder: string;
  readonly #disk: StateDisk;
  readonly #client: Certificate;
  readonly pki: Pki;
  readonly slapd: Slapd;
  readonly agent: AgentHost;

  private constructor(parts: Pick<DoctorHost, 'pki' | 'slapd' | 'agent'>, folder: string, disk: StateDisk, client: Certificate) {
    this.pki = parts.pki;
    this.slapd = parts.slapd;
    this.agent = parts.agent;
    this.#folder = folder;
    this.#disk = disk;
    this.#client = client;
  }

  static async boot(): Promise<DoctorHost> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-doctor-'));
    const pki = await createPki(folder);
    const [server, client] = await Promise.all([pki.ca.issueServer({ name: 'ldap-1' }), pki.ca.issueClient({ commonName: 'web-1' })]);
    const company = generatePeople({ count: 40, named: [{ uid: 'alice' }, { uid: 'bob' }] });
    const slapd = await startSlapd({
      // Debian has a group "staff" of its own.
      people: { ...company, groups: [...company.groups].filter(({ cn }) => cn !== 'staff') },
      tls: { ...server, clientCa: pki.ca.cert, verifyClient: 'demand' },
      extraConfig: WITH_CLOCK,
    });
    const disk = await StateDisk.create();
    const agent = await AgentHost.boot(disk, {});
    const host = new DoctorHost({ pki, slapd, agent }, folder, disk, client);
    await host.configure();
    await wireHost(agent.host);
    await host.on('ssh-keygen -A && chmod 0750 /etc/holdfast && holdfast sync');
    return host;
  }

  async configure(changes: Changes = {}): Promise<void> {
    const text = configText({
      'source[0].uris': [this.slapd.uris.ldaps],
      'source[0].base': this.slapd.base,
      'source[0].bind': undefined,
      'source[0].tls': { ca: `file:${this.pki.ca.cert}`, cert: `file:${this.#client.cert}`, key: `file:${this.#client.key}` },
      'access.everyone': true,
      'access.always': { users: ['alice'] },
      ...changes,
    });
    await this.agent.host.writeEtc('holdfast/holdfast.toml', text, 0o640);
  }

  /** Runs a line of bash on the host, in which `holdfast` is the command; what is asked of systemd is taken for done. */
  async on(line: string): Promise<ProgramResult> {
    const command = ['bash', '-c', `holdfast() { ${HOLDFAST.join(' ')} "$@"; }; systemctl() { :; }; ${line}`];
    const result = await this.agent.host.run(command, { env: HOLDFAST_ENV });
    expectSuccess(result, command);
    return result;
  }

  /** @param prefix a command that runs it, such as faketime(1) */
  async examine(args: readonly string[] = [], prefix: readonly string[] = []): Promise<DoctorReport> {
    const { stdout, stderr } = await this.agent.host.run([...prefix, ...HOLDFAST, 'doctor', '--json', ...args], { env: HOLDFAST_ENV });
    if (stderr !== '') throw new Error(`doctor --json says something on stderr: ${stderr}`);
    return JSON.parse(stdout) as DoctorReport;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent[Symbol.asyncDispose]();
    await this.#disk[Symbol.asyncDispose]();
    await this.slapd[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true });
  }
}

export function codesOf({ findings }: DoctorReport): string[] {
  return findings.map(({ code }) => code);
}
