/**
 * `npm run package`: dist/packages, with a .deb and an .rpm for each architecture, what is in them (SBOM), and their digests.
 *
 * Equal sources give equal packages: every file is of the last commit's time, or of SOURCE_DATE_EPOCH.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeBinaries } from './binary.ts';
import { ARCHITECTURES, type Architecture } from './node-runtime.ts';
import { makeDeb } from './package/deb.ts';
import { type Build, currentRelease } from './package/release.ts';
import { makeRpm } from './package/rpm.ts';
import { renderSbom } from './package/sbom.ts';

const root = dirname(import.meta.dirname);

/** @returns the paths of both packages */
export function makePackages(wanted: Omit<Build, 'work'>): string[] {
  const work = mkdtempSync(join(wanted.output, '.work-'));
  try {
    const build = { ...wanted, work };
    return [makeDeb(build), makeRpm(build)];
  } finally {
    rmSync(work, { recursive: true });
  }
}

async function main(): Promise<void> {
  const output = join(root, 'dist/packages');
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const release = currentRelease();
  const binaries = await makeBinaries<Architecture>(ARCHITECTURES);
  const packages = ARCHITECTURES.flatMap((architecture) =>
    makePackages({ ...release, architecture, binary: binaries[architecture], compression: 'small', output }),
  );
  const sbom = join(output, `holdfast-${release.version}.cdx.json`);
  writeFileSync(sbom, renderSbom(release.time));
  const sums = [...packages, sbom].map((path) => `${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${basename(path)}\n`);
  writeFileSync(join(output, 'SHA256SUMS'), sums.join(''));
  process.stdout.write(sums.join(''));
}

if (import.meta.main) await main();
