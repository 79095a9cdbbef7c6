/**
 * A real OpenLDAP server of a test's own: its folder, its ports on loopback, its data, and a hand on its process.
 *
 * It dies with the process that started it, even by SIGKILL.
 */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, retry } from './free-port.ts';
import { SEARCH_BASE, writeLdif } from './ldif.ts';
import type { Company } from './people.ts';
import { expectSuccess, runProgram, startProgram } from './running-program.ts';
import type { RunningProgram } from './running-program.ts';
import { FIRST_ENTRIES, type SlapdConfig, writeSlapdConfig } from './slapd-config.ts';

export interface SlapdOptions extends SlapdConfig {
  readonly people?: Company;
  /** More entries, below the search base. */
  readonly ldif?: string;
  /** What it is started by, as a program that takes it into another network. Default: nothing. */
  readonly within?: readonly string[];
}

interface Ports {
  readonly ldap: number;
  readonly ldaps: number;
}

/** An anonymous bind, message 1. Any answer to it will do. */
const BIND_REQUEST = Buffer.from('300c020101600702010304008000', 'hex');

const START_TIMEOUT = 30_000;
const STOP_TIMEOUT = 10_000;

export async function startSlapd(options: SlapdOptions = {}): Promise<Slapd> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-slapd-'));
  try {
    const config = await writeSlapdConfig(folder, options);
    await fillDatabase(folder, config, options);
    return await retry(3, async () => {
      const slapd = new Slapd(folder, config, { ldap: await freePort(), ldaps: await freePort() }, options);
      await slapd.start();
      return slapd;
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function fillDatabase(folder: string, config: string, { people, ldif = '', schema }: SlapdOptions): Promise<void> {
  await mkdir(join(folder, 'database'));
  const load = ['slapadd', '-q', '-f', config];
  expectSuccess(await runProgram(load, { input: FIRST_ENTRIES }), load);
  if (people) {
    const file = join(folder, 'people.ldif');
    await writeLdif(file, people, schema);
    const loadPeople = [...load, '-l', file];
    expectSuccess(await runProgram(loadPeople, { timeoutMs: 600_000 }), loadPeople);
    await rm(file);
  }
  if (ldif !== '') expectSuccess(await runProgram(load, { input: ldif }), load);
}

export class Slapd {
  readonly base: string = SEARCH_BASE;
  readonly ports: Ports;
  /** `ldap` is for StartTLS too. Nobody listens on `ldaps` without `tls`. */
  readonly uris: Readonly<Record<'ldap' | 'ldaps' | 'ldapi', string>>;
  readonly #folder: string;
  readonly #command: readonly string[];
  #program: RunningProgram | undefined;

  constructor(folder: string, config: string, ports: Ports, { tls, within = [] }: SlapdOptions) {
    this.#folder = folder;
    this.ports = ports;
    this.uris = {
      ldap: `ldap://127.0.0.1:${ports.ldap}`,
      ldaps: `ldaps://127.0.0.1:${ports.ldaps}`,
      ldapi: `ldapi://${encodeURIComponent(this.#socket)}`,
    };
    const { ldap, ldaps, ldapi } = this.uris;
    const listeners = tls ? `${ldap} ${ldaps} ${ldapi}` : `${ldap} ${ldapi}`;
    this.#command = [
      ...within,
      ...['setpriv', '--pdeathsig', 'KILL', '--'],
      // slapd makes room for as many connections as it may have files: a gigabyte where that is a million.
      ...['prlimit', '--nofile=4096:4096', '--'],
      // Debug level "none" is the one that shows errors and nothing else.
      ...['slapd', '-d', 'none', '-h', listeners, '-f', config],
    ];
  }

  get #socket(): string {
    return join(this.#folder, 'ldapi');
  }

  get #running(): RunningProgram {
    if (this.#program === undefined) throw new Error('slapd is not running');
    return this.#program;
  }

  get pid(): number {
    return this.#running.pid;
  }

  /** What slapd has written since it was last started: that it starts, and what it complains about. */
  get log(): string {
    return this.#running.stderr;
  }

  /** Starts it again after `stop` or `kill`, with the data and the ports that it had. */
  async start(): Promise<void> {
    if (this.#program !== undefined) throw new Error('slapd is already running');
    const program = startProgram(this.#command);
    try {
      await this.#answers(program);
      this.#program = program;
    } catch (error) {
      program.signal('SIGKILL');
      throw error;
    }
  }

  async #answers(program: RunningProgram): Promise<void> {
    let ended = false;
    void program.exited.then(() => (ended = true));
    const deadline = Date.now() + START_TIMEOUT;
    while (!(await answersBind(this.#socket))) {
      if (ended || Date.now() > deadline) throw new Error(`slapd does not start: ${program.stderr}`);
      await sleep(10);
    }
  }

  /** An orderly end: connections are closed, ports free. */
  async stop(): Promise<void> {
    const program = this.#running;
    const timer = setTimeout(() => program.signal('SIGKILL'), STOP_TIMEOUT);
    program.signal('SIGTERM');
    program.signal('SIGCONT');
    await program.exited;
    clearTimeout(timer);
    this.#program = undefined;
  }

  /** A crash. */
  async kill(): Promise<void> {
    this.#running.signal('SIGKILL');
    await this.#running.exited;
    this.#program = undefined;
  }

  /** A hung server: the kernel still takes connections for it, and nobody answers. */
  suspend(): void {
    this.#running.signal('SIGSTOP');
  }

  resume(): void {
    this.#running.signal('SIGCONT');
  }

  /** Applies change records (`changetype: modify` and the like) as the administrator. */
  async modify(ldif: string): Promise<void> {
    await this.#asAdmin(['ldapmodify'], ldif);
  }

  async add(ldif: string): Promise<void> {
    // Relaxed, so that an entry may bring its entryUUID.
    await this.#asAdmin(['ldapadd', '-e', '!relax'], ldif);
  }

  /** Deletes these entries and all below them. */
  async delete(...dns: readonly string[]): Promise<void> {
    await this.#asAdmin(['ldapdelete', '-r', ...dns]);
  }

  async #asAdmin([program = '', ...args]: readonly string[], input = ''): Promise<void> {
    const command = [program, '-Q', '-Y', 'EXTERNAL', '-H', this.uris.ldapi, ...args];
    expectSuccess(await runProgram(command, { input, env: { LDAPNOINIT: '1' } }), command);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#program !== undefined) await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function answersBind(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(socketPath, () => socket.write(BIND_REQUEST));
  socket.once('data', () => resolve(true));
  socket.once('error', () => resolve(false));
  socket.once('close', () => resolve(false));
  return await promise.finally(() => socket.destroy());
}
