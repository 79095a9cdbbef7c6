/**
 * Reads what secret references name. A secret is a type that prints `[redacted]`, so that it cannot slip into a log.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { HoldfastError, messageOf } from '../errors.ts';
import { formatSecretReference, type SecretReference } from './secret-reference.ts';

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The only way to the value: search for this name to find every use. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [inspect.custom](): string {
    return '[redacted]';
  }
}

export type Sensitivity = 'public' | 'private';

/**
 * @param what how the configuration calls it, for errors: `source "corp": tls.key`
 * @param sensitivity a `private` file that others may read is refused
 * @throws HoldfastError `configuration`
 */
export function readSecret(reference: SecretReference, what: string, sensitivity: Sensitivity): Secret {
  switch (reference.kind) {
    case 'file':
      return readSecretFile(reference.path, what, sensitivity);
    case 'credential':
      return readSecretFile(credentialPath(reference.id, what), what, 'public');
    case 'env':
      return readVariable(reference, what);
  }
}

function readSecretFile(path: string, what: string, sensitivity: Sensitivity): Secret {
  try {
    const file = openSync(path, 'r');
    try {
      const mode = fstatSync(file).mode & 0o7777;
      if (sensitivity === 'private' && (mode & 0o007) !== 0) throw openToOthers(path, what, mode);
      return new Secret(readFileSync(file, 'utf8'));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw new HoldfastError('configuration', `${what}: cannot read "${path}": ${messageOf(error)}`, { cause: error });
  }
}

function openToOthers(path: string, what: string, mode: number): HoldfastError {
  const text = mode.toString(8).padStart(4, '0');
  return new HoldfastError('configuration', `${what}: "${path}" has mode ${text} and is open to every user; wanted: 0600 or 0640`, {
    hints: [`chmod 0600 ${path}`, 'if others could read it, replace the key'],
  });
}

function credentialPath(id: string, what: string): string {
  const folder = process.env['CREDENTIALS_DIRECTORY'];
  if (folder !== undefined) return join(folder, id);
  throw new HoldfastError('configuration', `${what}: "credential:${id}" needs systemd, and CREDENTIALS_DIRECTORY is not set`, {
    hints: ['run it as the service does: systemctl start holdfast.service', `or pass LoadCredential=${id}:/path to systemd-run`],
  });
}

function readVariable(reference: SecretReference & { readonly kind: 'env' }, what: string): Secret {
  const value = process.env[reference.variable];
  if (value !== undefined) return new Secret(value);
  throw new HoldfastError('configuration', `${what}: ${formatSecretReference(reference)} is not set`);
}
