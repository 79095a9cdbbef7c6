/**
 * A copy of the secrets that came from elsewhere, for runs in which that does not answer. Only written where it was asked for.
 */
import { z } from 'zod';
import { parseJson, readStateFile, writeStateFile } from './state-file.ts';

const secretsSchema = z.strictObject({
  /** Where the references lead to another secret in another region. */
  region: z.string(),
  secrets: z.array(z.strictObject({ reference: z.string(), value: z.string(), isSecure: z.boolean() })),
});

const secretsFileSchema = z.strictObject({
  version: z.literal(1),
  /** ISO 8601: when they were fetched. */
  fetchedAt: z.iso.datetime(),
  content: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('encrypted'), text: z.string() }),
    /** With the reason why it is not encrypted. */
    z.strictObject({ kind: z.literal('plain'), reason: z.string(), text: z.string() }),
  ]),
});

export type KeptSecrets = z.infer<typeof secretsSchema>;
export type SecretsFile = z.infer<typeof secretsFileSchema>;

export function readSecretsFile(path: string): SecretsFile | undefined {
  return readStateFile(path, secretsFileSchema);
}

/** @throws HoldfastError `cache-failed` */
export function writeSecretsFile(path: string, file: Omit<SecretsFile, 'version'>): void {
  writeStateFile(path, { version: 1, ...file });
}

export function formatSecrets(secrets: KeptSecrets): string {
  return JSON.stringify(secrets);
}

/** Undefined for a text that is none. */
export function parseSecrets(text: string): KeptSecrets | undefined {
  return parseJson(secretsSchema, text);
}
