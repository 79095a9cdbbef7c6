/**
 * Signatures by the real ssh-keygen(1).
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectSuccess, runProgram } from './running-program.ts';

export interface SigningOptions {
  readonly namespace: string;
  readonly options?: readonly string[];
}

/** The armoured signature. @param key path of a private key */
export async function signWith(key: string, message: string | Buffer, { namespace, options = [] }: SigningOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-signing-'));
  try {
    const file = join(folder, 'message');
    await writeFile(file, message);
    const command = ['ssh-keygen', '-q', '-Y', 'sign', '-f', key, '-n', namespace, ...options, file];
    expectSuccess(await runProgram(command), command);
    return await readFile(`${file}.sig`, 'utf8');
  } finally {
    await rm(folder, { recursive: true });
  }
}
