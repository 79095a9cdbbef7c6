import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { certificateEnds } from '../../../src/sources/ldap/certificate-ends.ts';
import { TlsContext } from '../../../src/sources/ldap/tls-context.ts';
import { createPki } from '../../support/pki.ts';

const DAY = 86_400_000;
const now = new Date();
let folder: string;
/** By the days for which they are still valid. */
const pem: Record<number, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-ends-'));
  const { ca } = await createPki(folder);
  for (const days of [-20, -10, 5, 100]) {
    const validity = { notBefore: new Date(now.getTime() - 30 * DAY), notAfter: new Date(now.getTime() + days * DAY) };
    const { cert } = await ca.issueClient({ commonName: `in ${days}`, ...validity });
    pem[days] = await readFile(cert, 'utf8');
  }
});

afterAll(async () => await rm(folder, { recursive: true }));

test.each([
  ['the first of a chain that ends', { cert: [100, 5] }, ['client 5']],
  ['one of the chain that has ended', { cert: [100, -10] }, ['client -10']],
  ['the first CA of a bundle that ends', { ca: [100, 5] }, ['ca 5']],
  ['no CA that has ended beside others', { ca: [-10, 100] }, ['ca 100']],
  ['a CA that has ended when all have', { ca: [-10, -20] }, ['ca -20']],
  ['both', { cert: [5], ca: [100] }, ['client 5', 'ca 100']],
  ['none of the system', {}, []],
])('%s', (_what, { cert, ca }: { cert?: number[]; ca?: number[] }, ends) => {
  const context = new TlsContext({ minVersion: '1.2', ...(cert && { cert: bundle(cert) }), ...(ca && { ca: bundle(ca) }) });
  const found = certificateEnds(context, now).map(({ kind, end }) => `${kind} ${Math.round((end.getTime() - now.getTime()) / DAY)}`);
  expect(found).toEqual(ends);
});

function bundle(days: readonly number[]): string {
  return days.map((day) => pem[day]).join('');
}
