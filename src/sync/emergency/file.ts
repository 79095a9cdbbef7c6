/**
 * The file that sshd gets the emergency keys from: what it should be, and what somebody has made of it.
 */
import { type KeyFile, KEY_FILE_MODE, readKeyFile, replaceKeyFile } from '../../caches/key-file.ts';
import { sumOf } from '../../caches/durable-file.ts';
import type { EmergencyKey } from '../../policy/emergency-keys.ts';
import type { EmergencyContext } from './context.ts';

export type EmergencyFile = KeyFile;

const HEAD = '# Keys of the emergency users. Do not edit: holdfast emergency writes this file anew every 5 minutes.\n';

export function inspectFile({ paths }: Pick<EmergencyContext, 'paths'>): EmergencyFile {
  return readKeyFile(paths.file);
}

export function renderFile(keys: readonly EmergencyKey[]): string {
  return `${HEAD}${keys.map(({ line }) => `${line}\n`).join('')}`;
}

export function sumOfText(text: string): string {
  return sumOf(text).sha256;
}

/** Nothing is touched when it is what it should be. @throws HoldfastError `cache-failed` */
export function writeKeys({ paths, now }: EmergencyContext, file: EmergencyFile, wanted: string): 'written' | 'unchanged' {
  if (isWritten(file, wanted)) return 'unchanged';
  replaceKeyFile(paths.file, wanted, now());
  return 'written';
}

/** Whether it is this already, with its owner and mode: also what a run has written that was killed before it could note that. */
export function isWritten(file: EmergencyFile, wanted: string): boolean {
  return file.kind === 'file' && faultOfMode(file) === undefined && file.text === wanted;
}

/**
 * What somebody else has done to it since holdfast wrote it: the rest of a sentence; undefined when nothing.
 *
 * @param written sha256 of what holdfast wrote last; undefined when it never did
 */
export function faultOfFile(file: EmergencyFile, written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  if (file.kind === 'absent') return 'is gone';
  if (file.kind === 'other') return file.what;
  return file.sha256 === written ? faultOfMode(file) : 'is not what holdfast wrote';
}

function faultOfMode({ mode, uid }: EmergencyFile & { readonly kind: 'file' }): string | undefined {
  const owner = process.geteuid?.() ?? 0;
  if (uid !== owner) return `is owned by uid ${uid}; wanted: ${owner === 0 ? 'root' : owner}`;
  return mode === KEY_FILE_MODE ? undefined : `has mode ${mode.toString(8).padStart(4, '0')}; wanted: 0600`;
}
