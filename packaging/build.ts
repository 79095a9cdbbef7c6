/**
 * `npm run build`: dist/holdfast, a single binary, dist/authorized-keys, the lookup command, dist/authorized-keys-chain, which asks others as
 * well, and dist/nologin, a shell for bastions.
 */
import { chmod, copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeBinaries } from './binary.ts';
import { hostArchitecture } from './node-runtime.ts';

const root = dirname(import.meta.dirname);
const dist = join(root, 'dist');

async function main(): Promise<void> {
  await mkdir(dist, { recursive: true });
  const architecture = hostArchitecture();
  const { [architecture]: binary } = await makeBinaries([architecture]);
  await install(binary, 'holdfast');
  await rm(binary);
  await install(join(root, 'packaging/authorized-keys'), 'authorized-keys');
  await install(join(root, 'packaging/authorized-keys-chain'), 'authorized-keys-chain');
  await install(join(root, 'packaging/nologin'), 'nologin');
}

/** Replaces by rename, so that a running binary is neither written to nor seen half done. */
async function install(from: string, name: string): Promise<void> {
  const staged = join(dist, `.${name}.new`);
  await copyFile(from, staged);
  await chmod(staged, 0o755);
  await rename(staged, join(dist, name));
}

await main();
