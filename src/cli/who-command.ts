/**
 * `holdfast who FINGERPRINT`: whose key sshd has logged.
 */
import { existsSync, readSync } from 'node:fs';
import { readRegularFile } from '../config/regular-file.ts';
import { HoldfastError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { openHost } from '../sync/context.ts';
import { parseKeyQuery } from '../sync/keys/key-query.ts';
import { parseMoment } from '../sync/moment.ts';
import { findKeyOwner, isAnswered } from '../sync/audit/who.ts';
import { invocationOf, outputOf, type WhoCommandOptions } from './invocation.ts';
import { renderWho } from './who-text.ts';

/** Bytes of a question on stdin: a key file, or some lines of a log. */
const QUESTION_MAX = 1 << 16;

/** What can be a path, and is no fingerprint and no key. */
const FILE = /^(?!SHA256:)[^\s]+$/;

/** @param words a fingerprint, a public key whether quoted or not, its file, or `-` @throws HoldfastError `usage` */
export function runWho(words: readonly string[], options: WhoCommandOptions): ExitStatus {
  const output = outputOf(options);
  const fingerprint = parseKeyQuery(readWords(words.join(' ')));
  const moment = options.at === undefined ? undefined : parseMoment(options.at);
  const report = findKeyOwner(openHost(invocationOf(options)), fingerprint, moment);
  if (output.json) output.resultJson({ known: isAnswered(report), ...report });
  else output.result(renderWho(report));
  return isAnswered(report) ? exitStatus.ok : exitStatus.no;
}

function readWords(text: string): string {
  if (text === '-') return readQuestion();
  return FILE.test(text) && existsSync(text) ? readKeyFile(text) : text;
}

/** A private key is not looked into, and none of it shown. */
function readKeyFile(path: string): string {
  const text = readText(path);
  if (!text.startsWith('-----BEGIN ')) return text;
  throw new HoldfastError('usage', `who: "${path}" is a PEM file, and may be a private key; wanted: the public key`, {
    hints: [`ssh-keygen -lf ${path} prints its fingerprint`],
  });
}

function readText(path: string): string {
  try {
    return readRegularFile(path, 'who', QUESTION_MAX).bytes.toString('utf8');
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw new HoldfastError('usage', error.message, { cause: error });
  }
}

function readQuestion(): string {
  const bytes = Buffer.alloc(QUESTION_MAX + 1);
  let length = 0;
  for (let count = -1; count !== 0 && length < bytes.length; length += count)
    count = readSync(0, bytes, length, bytes.length - length, null);
  if (length <= QUESTION_MAX) return bytes.toString('utf8', 0, length);
  throw new HoldfastError('usage', `who: stdin has more than ${QUESTION_MAX} bytes`, {
    hints: ['wanted: the line of the log, or the key'],
  });
}
