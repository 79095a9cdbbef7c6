/**
 * Reads what this host's own secret references name. A secret is a type that prints `[redacted]`, so that it cannot slip into a log.
 */
import { join } from 'node:path';
import { inspect } from 'node:util';
import { HoldfastError } from '../errors.ts';
import { faultOfOwner } from './file-owner.ts';
import { readRegularFile } from './regular-file.ts';
import { formatSecretReference, type LocalReference } from './secret-reference.ts';

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
 * @param sensitivity a `private` file that others may read is refused, and any that others may write
 * @throws HoldfastError `configuration`
 */
export function readSecret(reference: LocalReference, what: string, sensitivity: Sensitivity): Secret {
  switch (reference.kind) {
    case 'file':
      return readSecretFile(reference.path, what, sensitivity);
    case 'credential':
      return readCredential(reference.id, what);
    case 'env':
      return readVariable(reference, what);
  }
}

/** A public file may be read by everybody, but who could write it could have us trust another. */
function readSecretFile(path: string, what: string, sensitivity: Sensitivity): Secret {
  const { bytes, stats } = readRegularFile(path, what);
  const fault = faultOfOwner(stats, sensitivity === 'private' ? 'read' : 'write');
  if (fault === undefined) return new Secret(bytes.toString('utf8'));
  throw new HoldfastError('configuration', `${what}: "${path}" ${fault}`, {
    detail: 'file-permissions',
    hints:
      sensitivity === 'private'
        ? [`chown root:root ${path} && chmod 0600 ${path}`, 'if others could read it, replace the key or password']
        : [`chown root:root ${path} && chmod go-w ${path}`],
  });
}

/** systemd has set owner and mode (systemd.exec(5)): the service's user may read it and nobody else. */
function readCredential(id: string, what: string): Secret {
  return new Secret(readRegularFile(credentialPath(id, what), what).bytes.toString('utf8'));
}

function credentialPath(id: string, what: string): string {
  const folder = process.env['CREDENTIALS_DIRECTORY'];
  if (folder !== undefined) return join(folder, id);
  throw new HoldfastError('configuration', `${what}: "credential:${id}" needs systemd, and CREDENTIALS_DIRECTORY is not set`, {
    detail: 'secret-missing',
    hints: ['run it as the service does: systemctl start holdfast.service', `or pass LoadCredential=${id}:/path to systemd-run`],
  });
}

function readVariable(reference: LocalReference & { readonly kind: 'env' }, what: string): Secret {
  const value = process.env[reference.variable];
  if (value !== undefined) return new Secret(value);
  throw new HoldfastError('configuration', `${what}: ${formatSecretReference(reference)} is not set`, { detail: 'secret-missing' });
}
