/**
 * A real sshd with a configuration of its own, and the ssh client that logs in to it.
 */

import { readFile } from 'node:fs/promises';
import { expectSuccess, runProgram } from './running-program.ts';
import type { ProgramResult, RunningProgram } from './running-program.ts';

/** Where a host keeps the lookup command: root's all the way down, as sshd's safe-path check wants it. */
export const HOST_LOOKUP_COMMAND = '/usr/lib/holdfast/authorized-keys';

export interface SshdOptions {
  /** A script on this machine; it is copied to `HOST_LOOKUP_COMMAND` and called with the login name. */
  readonly authorizedKeysCommand: string;
  readonly authorizedKeysCommandUser?: string;
  /**
   * Lines of sshd_config that win over the defaults; `Match` and what follows it goes to the end of the file. LogLevel
   * must be INFO or more: that sshd listens is known from its log.
   */
  readonly extraConfig?: string;
  readonly passwordAuth?: boolean;
  readonly usePam?: boolean;
}

export interface SshOptions {
  readonly port: number;
  /** More options of ssh(1), as `['-o', 'Name=value']`. */
  readonly options?: readonly string[];
}

export class Sshd {
  readonly #program: RunningProgram;
  readonly port: number;

  constructor(program: RunningProgram, port: number) {
    this.#program = program;
    this.port = port;
  }

  /** What sshd has logged until now. */
  get log(): string {
    return this.#program.stderr;
  }

  /** Waits until sshd has logged a match; a line may come after the client has ended. */
  async waitForLog(pattern: RegExp): Promise<void> {
    await this.#program.waitFor(pattern);
  }

  /** Logs in to this sshd; see `ssh`. */
  async ssh(user: string, keyFile: string, command?: string, { options = [] }: Omit<SshOptions, 'port'> = {}): Promise<ProgramResult> {
    return await ssh(user, keyFile, command, { port: this.port, options });
  }

  /** Ends the listener; sessions end with the host. */
  async stop(): Promise<void> {
    this.#program.signalInside('SIGTERM');
    await this.#program.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** The ssh client of this machine with one key, no agent, no configuration and no memory of hosts. */
async function ssh(user: string, keyFile: string, command: string | undefined, { port, options = [] }: SshOptions): Promise<ProgramResult> {
  const settings = [
    ...['BatchMode=yes', 'IdentitiesOnly=yes', 'IdentityAgent=none', 'StrictHostKeyChecking=no'],
    ...['UserKnownHostsFile=/dev/null', 'GlobalKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'ConnectTimeout=10'],
  ].flatMap((setting) => ['-o', setting]);
  return await runProgram([
    ...['ssh', '-F', 'none', '-T', ...options, ...settings, '-i', keyFile, '-l', user, '-p', String(port)],
    ...['127.0.0.1', ...(command === undefined ? [] : [command])],
  ]);
}

/** Makes an ed25519 key pair without a passphrase at `path` and `path`.pub, and returns the public line. */
export async function generateSshKey(path: string): Promise<string> {
  const command = ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path];
  expectSuccess(await runProgram(command), command);
  return (await readFile(`${path}.pub`, 'utf8')).trim();
}

/** sshd takes the first value that it reads for a keyword, so what is asked for comes before the defaults. */
export function sshdConfig(port: number, hostKey: string, options: SshdOptions): string {
  const [globals = '', ...matches] = (options.extraConfig ?? '').split(/^(?=Match\s)/im);
  return `
ListenAddress 127.0.0.1:${port}
HostKey ${hostKey}
PidFile none
AuthorizedKeysCommand ${HOST_LOOKUP_COMMAND} %u
AuthorizedKeysCommandUser ${options.authorizedKeysCommandUser ?? 'nobody'}
PasswordAuthentication ${yesNo(options.passwordAuth ?? false)}
UsePAM ${yesNo(options.usePam ?? true)}
${globals}
KbdInteractiveAuthentication no
AuthorizedKeysFile none
StrictModes yes
LogLevel VERBOSE
MaxStartups 100
${matches.join('\n')}
`;
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
