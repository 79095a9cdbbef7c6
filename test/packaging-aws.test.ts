/**
 * What packaging/aws ships, judged by the programs that read it: cloud-init, sh, shellcheck, and holdfast's own parser.
 */
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../src/config/load.ts';
import { PACKAGING } from './support/aws/shipped-policies.ts';
import { TRIXIE } from './support/aws/trixie.ts';
import { type ProgramResult, runProgram } from './support/running-program.ts';

const WORD = /@[A-Z0-9_]+@/g;
const readme = read('README.md');
const documents = globSync('*/*.{json,yaml}', { cwd: PACKAGING }).sort();

describe('each file', () => {
  test.each(documents)('is told of in the README, and so are its words: %s', (path) => {
    expect(readme).toContain(basename(path));
    for (const word of read(path).match(WORD) ?? []) expect(readme).toContain(`\`${word}\``);
  });

  test.each(documents.filter((path) => path.endsWith('.json')))('is JSON: %s', (path) => {
    expect(JSON.parse(read(path))).toBeTypeOf('object');
  });
});

test('the README explains no word that is nowhere', () => {
  const used = new Set(documents.flatMap((path) => read(path).match(WORD) ?? []));
  expect((readme.match(WORD) ?? []).filter((word) => !used.has(word) && word !== '@WORD@')).toEqual([]);
});

interface UserData {
  readonly packages: readonly string[];
  readonly write_files: readonly { readonly path: string; readonly permissions: string; readonly content: string }[];
  readonly runcmd: readonly (readonly string[])[];
}

describe('the user data', () => {
  let userData: UserData;

  beforeAll(async () => {
    const toJson = ['python3', '-c', 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))'];
    userData = JSON.parse((await inTrixie(toJson, read('cloud-init/user-data.yaml'))).stdout) as UserData;
  });

  test('is what cloud-init understands', async () => {
    expect(await cloudInitSchema(read('cloud-init/user-data.yaml'))).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Valid schema') as string,
    });
  });

  test('would be refused with a key that is misspelt', async () => {
    expect(await cloudInitSchema(read('cloud-init/user-data.yaml').replace('permissions:', 'permission:'))).toMatchObject({ status: 1 });
  });

  test('has a script that sh and shellcheck find nothing in, and runs it', async () => {
    const script = fileOf(userData, '/run/holdfast-setup');
    expect(await runProgram(['sh', '-n'], { input: script })).toMatchObject({ status: 0, stderr: '' });
    expect(await inTrixie(['shellcheck', '-'], script)).toMatchObject({ status: 0, stdout: '' });
    expect(userData.runcmd).toEqual([['sh', '/run/holdfast-setup']]);
  });

  test('has a configuration that holdfast takes, which lets in nobody but by groups, and no key of its own', () => {
    const words = { TAG_KEY: 'AccessGroup', ALWAYS_GROUP: 'sre', REGION: 'eu-central-1' };
    const text = fileOf(userData, '/etc/holdfast/holdfast.toml').replaceAll(
      /@([A-Z0-9_]+)@/g,
      (_word, name: string) => (words as Readonly<Record<string, string>>)[name] ?? 'word',
    );
    const config = parseConfig('/etc/holdfast/holdfast.toml', text);
    expect(config.access).toMatchObject({
      everyone: false,
      users: [],
      always: { groups: ['sre'], users: [] },
      host_groups: 'imds-tag:AccessGroup',
    });
    expect(read('cloud-init/user-data.yaml')).not.toMatch(/PRIVATE KEY|password/i);
    expect(userData.write_files.map(({ permissions }) => permissions)).toEqual(['0640', '0644', '0700']);
  });
});

function read(path: string): string {
  return readFileSync(join(PACKAGING, path), 'utf8');
}

function fileOf({ write_files: files }: UserData, path: string): string {
  return files.find((file) => file.path === path)?.content ?? '';
}

async function inTrixie(command: readonly string[], input: string): Promise<ProgramResult> {
  return await runProgram(['env', '-i', 'LC_ALL=C.UTF-8', 'PATH=/usr/bin:/bin:/usr/sbin', 'chroot', TRIXIE, ...command], { input });
}

async function cloudInitSchema(text: string): Promise<ProgramResult> {
  const folder = await mkdtemp(join(TRIXIE, 'tmp/holdfast-'));
  try {
    await writeFile(join(folder, 'user-data'), text);
    return await inTrixie(['cloud-init', 'schema', '--config-file', `${folder.slice(TRIXIE.length)}/user-data`], '');
  } finally {
    await rm(folder, { recursive: true });
  }
}
