/**
 * The npm packages that are in the binary, by the lock file: what package.json names for run time, and what that needs.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const root = dirname(dirname(import.meta.dirname));

const namesSchema = z.record(z.string(), z.string()).default({});
const entrySchema = z.object({
  version: z.string().optional(),
  integrity: z.string().optional(),
  license: z.string().optional(),
  dependencies: namesSchema,
});
const lockSchema = z.object({ packages: z.record(z.string(), entrySchema) });

type Lock = z.infer<typeof lockSchema>['packages'];

export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Base64 of a SHA-512, as the lock file has it after `sha512-`. */
  readonly sha512: string;
  /** Below the project: `node_modules/zod`. */
  readonly folder: string;
  /** Folders of what it needs. */
  readonly needs: readonly string[];
}

/** Sorted by folder. */
export function shippedPackages(): readonly ShippedPackage[] {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const found = new Map<string, ShippedPackage>();
  const waiting = needsOf('', packages);
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (found.has(folder)) continue;
    const needs = needsOf(folder, packages);
    found.set(folder, shipped(folder, packages, needs));
    waiting.push(...needs);
  }
  return [...found.values()].toSorted((one, other) => (one.folder < other.folder ? -1 : 1));
}

/** What package.json itself names. */
export function directNeeds(): readonly string[] {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  return needsOf('', packages);
}

function needsOf(folder: string, lock: Lock): string[] {
  return Object.keys(lock[folder]?.dependencies ?? {}).map((name) => resolve(name, folder, lock));
}

/** As Node looks for it: below the one who asks, then in each folder above. */
function resolve(name: string, folder: string, lock: Lock): string {
  for (let above = folder; ; above = above.slice(0, Math.max(0, above.lastIndexOf('node_modules/') - 1))) {
    const candidate = above === '' ? `node_modules/${name}` : `${above}/node_modules/${name}`;
    if (lock[candidate] !== undefined) return candidate;
    if (above === '') throw new Error(`package-lock.json has no ${name}, which ${folder} needs`);
  }
}

function shipped(folder: string, lock: Lock, needs: readonly string[]): ShippedPackage {
  const { version, integrity, license } = lock[folder] ?? {};
  if (version === undefined || license === undefined || integrity?.startsWith('sha512-') !== true) {
    throw new Error(`package-lock.json: ${folder} has no version, license or SHA-512`);
  }
  const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
  return { name, version, license, sha512: integrity.slice('sha512-'.length), folder, needs };
}
