/**
 * The Node that a binary is made of, for either architecture: npm's package node-linux-ARCH, at the version and with the digest that the
 * lock file has.
 *
 * npm installs the one of this machine; the other's it only packs, since a package for another CPU is not installed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { runTool } from './tool.ts';

export const ARCHITECTURES = ['x64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

const root = dirname(import.meta.dirname);
const work = join(root, '.build');

const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), integrity: z.string().optional() })),
});

interface LockedNode {
  readonly version: string;
  readonly integrity: string;
}

export function lockedNode(architecture: Architecture): LockedNode {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const { version, integrity } = packages[`node_modules/node-linux-${architecture}`] ?? {};
  if (version === undefined || integrity === undefined) throw new Error(`package-lock.json has no node-linux-${architecture}`);
  return { version, integrity };
}

/** This machine's, or an error: binaries are made for x64 and arm64. */
export function hostArchitecture(): Architecture {
  const found = ARCHITECTURES.find((architecture) => architecture === process.arch);
  if (found === undefined) throw new Error(`holdfast is made for ${ARCHITECTURES.join(' and ')}, and this machine is ${process.arch}`);
  return found;
}

/** The folder of the package, with bin/node and LICENSE. */
export function nodeFolder(architecture: Architecture): string {
  const name = `node-linux-${architecture}`;
  if (architecture === process.arch) return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  const folder = join(work, `${name}-${lockedNode(architecture).version}`);
  if (!existsSync(folder)) unpackNode(architecture, folder);
  return folder;
}

function unpackNode(architecture: Architecture, folder: string): void {
  const { version, integrity } = lockedNode(architecture);
  const staged = `${folder}.new`;
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(staged, { recursive: true });
  const archive = join(staged, packNode(`node-linux-${architecture}@${version}`, staged));
  const digest = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (digest !== integrity) throw new Error(`${archive} has the digest ${digest}, and package-lock.json wants ${integrity}`);
  runTool(['tar', '--extract', '--gzip', '--file', archive, '--directory', staged, 'package/bin/node', 'package/LICENSE']);
  renameSync(join(staged, 'package'), folder);
  rmSync(staged, { recursive: true });
}

/** @returns the archive's name in `folder` */
function packNode(wanted: string, folder: string): string {
  const packed = z.array(z.object({ filename: z.string().regex(/^[\w.-]+$/) }));
  const [archive] = packed.parse(JSON.parse(runTool(['npm', 'pack', wanted, '--json', '--ignore-scripts', '--pack-destination', folder])));
  if (archive === undefined) throw new Error(`npm pack ${wanted} has packed nothing`);
  return archive.filename;
}

const TRIPLETS: Readonly<Record<Architecture, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/**
 * Puts Node without its debug and symbol tables (33 of 150 MB), which only a debugger reads, where pkg looks for what it has downloaded: it
 * takes that, and downloads nothing, when the version is exact.
 *
 * @param home what pkg is to take for HOME
 */
export function provideNode(architecture: Architecture, home: string): void {
  const original = join(nodeFolder(architecture), 'bin/node');
  const { version } = lockedNode(architecture);
  const cache = join(home, '.pkg-cache/sea');
  const name = `node-v${version}-linux-${architecture}`;
  const node = join(cache, name, 'bin/node');
  if (existsSync(`${node}.stripped`)) return;
  mkdirSync(dirname(node), { recursive: true });
  const isStripped = strip(architecture, original, `${node}.new`);
  renameSync(`${node}.new`, node);
  const marks = [`${name}.tar.gz`, `${name}.tar.gz.ok`].map((mark) => join(cache, mark));
  for (const mark of [...marks, `${node}.ok`, ...(isStripped ? [`${node}.stripped`] : [])]) writeFileSync(mark, '');
}

/** binutils for another CPU are a package of their own, such as binutils-aarch64-linux-gnu. */
function strip(architecture: Architecture, original: string, slim: string): boolean {
  const program = architecture === process.arch ? 'strip' : `${TRIPLETS[architecture]}-strip`;
  const { error, status } = spawnSync(program, ['-o', slim, original], { stdio: 'inherit' });
  if (error === undefined && status === 0) return true;
  copyFileSync(original, slim);
  process.stderr.write(`build: no working ${program} (package binutils): holdfast for ${architecture} will be 33 MB larger\n`);
  return false;
}
