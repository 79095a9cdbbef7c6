/**
 * Encrypts with systemd's host key (systemd-creds(1)), so that a copied disk or backup without that key gives nothing away.
 *
 * What is secret goes through stdin and stdout alone. A text is bound to its name: systemd-creds refuses it under another.
 */
import { execFile } from 'node:child_process';
import { errnoOf } from '../errors.ts';
import type { HostPaths } from './paths.ts';

export type Creds = { readonly text: string } | { readonly fault: string };

const TIMEOUT = 10_000;
const MAX_BYTES = 4 * 1024 * 1024;
/** It encrypts 1 MiB, and decrypts less: what it gives then is longer than what it takes (252). */
const TEXT_MAX_BYTES = 512 * 1024;
const FAULT_MAX_LENGTH = 200;

export async function encryptWithHostKey(paths: HostPaths, name: string, text: string): Promise<Creds> {
  if (Buffer.byteLength(text) > TEXT_MAX_BYTES) return { fault: `systemd-creds: more than ${TEXT_MAX_BYTES} bytes cannot be encrypted` };
  return await run(paths, ['encrypt', '--with-key=host', `--name=${name}`, '-', '-'], text);
}

export async function decryptWithHostKey(paths: HostPaths, name: string, text: string): Promise<Creds> {
  return await run(paths, ['decrypt', `--name=${name}`, '-', '-'], text);
}

async function run({ root, hostKey }: HostPaths, args: readonly string[], input: string): Promise<Creds> {
  const { promise, resolve } = Promise.withResolvers<Creds>();
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C',
    // Below another root there is another key; of the live host, systemd knows its own.
    ...(root === '/' ? {} : { SYSTEMD_CREDENTIAL_SECRET: hostKey }),
  };
  const options = { env, timeout: TIMEOUT, killSignal: 'SIGKILL', maxBuffer: MAX_BYTES, encoding: 'utf8' } as const;
  const child = execFile('systemd-creds', args, options, (error, text, complaint) => {
    resolve(error === null ? { text } : { fault: `systemd-creds: ${reasonOf(error, complaint)}` });
  });
  // It may end without reading.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  return await promise;
}

function reasonOf(error: Error & { readonly killed?: boolean }, complaint: string): string {
  if (errnoOf(error) === 'ENOENT') return 'it is not installed';
  if (error.killed === true) return `no answer within ${TIMEOUT / 1000} s`;
  // The last line is the error, those before are notes.
  const line = complaint.trim().split('\n').at(-1) ?? '';
  return line === '' ? 'it fails without a word' : line.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, FAULT_MAX_LENGTH);
}
