/**
 * The example configurations that the packages bring: the small one is in test/systemd.test.ts, the full one has every key of the schema.
 */
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderFullExample } from '../packaging/full-example.ts';
import { parseConfig } from '../src/config/load.ts';
import { holdfast } from './cli/command.ts';
import { configKeys } from './support/config-keys.ts';
import { createPki } from './support/pki.ts';

const text = renderFullExample();
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'holdfast-examples-'));
});

afterAll(async () => await rm(scratch, { recursive: true }));

describe('packaging/examples/holdfast-full.toml', () => {
  test('is as the manual is now', async () => {
    const committed = await readFile(join(import.meta.dirname, '../packaging/examples/holdfast-full.toml'), 'utf8');
    expect(committed, 'npm run example makes it anew').toBe(text);
  });

  test('has every key of the schema, below its table', () => {
    const shown = [...text.matchAll(/^# -{40} (.+)$|^#?"?([^\s"#]+)"? = /gm)];
    let table = 'TOP LEVEL';
    const found: string[] = [];
    for (const [, heading, key] of shown) {
      if (heading === undefined) found.push(`${table} ${key}`);
      else table = heading;
    }
    const wanted = configKeys().map((one) => `${one.table} ${one.key.replace(/^NAME\./, '')}`);
    expect(found.toSorted()).toEqual(wanted.toSorted());
  });

  test('passes the check once its files are there', async () => {
    const config = join(scratch, 'holdfast.toml');
    await writeFile(config, text.replaceAll('file:/etc/holdfast/', `file:${scratch}/`));
    await mkdir(join(scratch, 'tls'));
    const { ca } = await createPki(join(scratch, 'pki'));
    const { cert, key } = await ca.issueClient({ commonName: 'host-1' });
    await copyFile(ca.cert, join(scratch, 'tls/ca.pem'));
    await copyFile(cert, join(scratch, 'tls/client.crt'));
    await copyFile(key, join(scratch, 'tls/client.key'));
    await chmod(join(scratch, 'tls/client.key'), 0o600);
    expect(await holdfast(['--config', config, 'config', 'check'])).toMatchObject({ status: 0, stdout: `${config}: ok\n`, stderr: '' });
  });

  // A map of its own, or one in a file.
  test.each([
    ['but the map in a file', /^#map_(?:file|public_key) = /],
    ['but the map beside it', /^#\[access\.map|^#(?:users = \["alice"\]|groups = \["web-admins"\])$/],
  ])('is right with all that it shows set, %s', (_name, unset) => {
    const lines = text.split('\n').map((line) => (/^#(?=[[\w"])/.test(line) && !unset.test(line) ? line.slice(1) : line));
    const full = lines.join('\n').replace('host_groups = "none"', 'host_groups = "imds-tag:AccessGroup"');
    const config = parseConfig('holdfast.toml', full);
    expect(config.source.map(({ type }) => type)).toEqual(['ldap', 'file', 'iam']);
  });
});
