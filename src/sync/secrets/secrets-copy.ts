/**
 * Keeps the secrets of Parameter Store for the runs in which it does not answer, where the configuration asks for it.
 *
 * The copy is root's alone, and encrypted with systemd's host key where that is possible. One that is damaged, another's or of another
 * host is as good as none.
 */
import { lstatSync, type Stats } from 'node:fs';
import type { Parameter } from '../../aws/parameters.ts';
import { faultOfOwner } from '../../config/file-owner.ts';
import { errnoOf, HoldfastError, messageOf } from '../../errors.ts';
import type { HostPaths } from '../../host/paths.ts';
import { decryptWithHostKey, encryptWithHostKey } from '../../host/systemd-creds.ts';
import {
  formatSecrets,
  type KeptSecrets,
  parseSecrets,
  readSecretsFile,
  type SecretsFile,
  writeSecretsFile,
} from '../../state/secrets-file.ts';
import { removeStateFile } from '../../state/state-file.ts';

export interface SecretsCopy {
  readonly fetchedAt: Date;
  /** By reference. */
  readonly parameters: ReadonlyMap<string, Parameter>;
}

/** What `status` may say of it. */
export interface SecretsCopyState {
  readonly fetchedAt: string;
  /** Absent: it is encrypted. */
  readonly whyPlain?: string;
}

/** To which systemd-creds binds it. */
const NAME = 'holdfast-secrets';
/** A hundred large parameters have one megabyte. */
const MAX_BYTES = 4 * 1024 * 1024;

/** @param region as configured; '' when it is not @returns what is wrong with it; undefined when there is none */
export async function readSecretsCopy(paths: HostPaths, region: string): Promise<SecretsCopy | string | undefined> {
  const file = readTrusted(paths.secretsCopy);
  if (typeof file !== 'object') return file;
  const content = await open(paths, file);
  if (typeof content === 'string') return content;
  if (content.region !== region) return 'it is of another [aws] region';
  const parameters = content.secrets.map(({ reference, ...parameter }) => [reference, parameter] as const);
  return { fetchedAt: new Date(file.fetchedAt), parameters: new Map(parameters) };
}

/** @throws HoldfastError `cache-failed` */
export async function writeSecretsCopy(paths: HostPaths, region: string, { fetchedAt, parameters }: SecretsCopy): Promise<void> {
  const secrets = [...parameters].map(([reference, { value, isSecure }]) => ({ reference, value, isSecure }));
  const text = formatSecrets({ region, secrets });
  const sealed = await encryptWithHostKey(paths, NAME, text);
  // What replaces a file keeps its owner, and what replaces a link goes where it leads.
  if (typeof readTrusted(paths.secretsCopy) === 'string') removeStateFile(paths.secretsCopy);
  writeSecretsFile(paths.secretsCopy, {
    fetchedAt: fetchedAt.toISOString(),
    content: 'text' in sealed ? { kind: 'encrypted', text: sealed.text } : { kind: 'plain', reason: sealed.fault, text },
  });
}

export function readSecretsCopyState({ secretsCopy }: HostPaths): SecretsCopyState | undefined {
  const file = readTrusted(secretsCopy);
  if (typeof file !== 'object') return undefined;
  const { fetchedAt, content } = file;
  return { fetchedAt, ...(content.kind === 'plain' ? { whyPlain: content.reason } : {}) };
}

async function open(paths: HostPaths, { content }: SecretsFile): Promise<KeptSecrets | string> {
  const opened = content.kind === 'plain' ? { text: content.text } : await decryptWithHostKey(paths, NAME, content.text);
  if ('fault' in opened) return `it cannot be decrypted: ${opened.fault}`;
  return parseSecrets(opened.text) ?? 'it is damaged';
}

/** @returns why it is not to be believed; undefined when there is none */
function readTrusted(path: string): SecretsFile | string | undefined {
  const stats = statOf(path);
  if (stats === undefined) return undefined;
  if (!stats.isFile()) return 'it is no file';
  if (stats.size > MAX_BYTES) return `it has ${stats.size} bytes`;
  const fault = faultOfOwner(stats, 'read');
  return fault === undefined ? (readSecretsFile(path) ?? 'it is damaged') : `it ${fault}`;
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new HoldfastError('cache-failed', `cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}
