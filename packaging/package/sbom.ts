/**
 * What the binary is made of, in CycloneDX 1.6: holdfast, Node for each architecture, and the npm packages with their digests, as the lock file
 * has them. Equal inputs give equal bytes: the serial number is made of the content.
 *
 * @see https://cyclonedx.org/docs/1.6/json/
 */
import { createHash } from 'node:crypto';
import manifest from '../../package.json' with { type: 'json' };
import { ARCHITECTURES, type Architecture, lockedNode } from '../node-runtime.ts';
import { directNeeds, type ShippedPackage, shippedPackages } from './shipped-packages.ts';

/** @param time in seconds since 1970 */
export function renderSbom(time: number): string {
  const packages = shippedPackages();
  const refs = new Map(packages.map((one) => [one.folder, refOf(one.name, one.version, one.folder)]));
  const refsOf = (folders: readonly string[]): string[] => folders.map((folder) => refs.get(folder) ?? folder).sort();
  const nodes = ARCHITECTURES.map(nodeComponent);
  const self = `pkg:generic/holdfast@${manifest.version}`;
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      component: {
        'bom-ref': self,
        type: 'application',
        name: manifest.name,
        version: manifest.version,
        description: manifest.description,
        licenses: licensesOf(manifest.license),
        purl: self,
      },
    },
    components: [...nodes, ...packages.map(packageComponent)],
    dependencies: [
      { ref: self, dependsOn: [...nodes.map((node) => node['bom-ref']), ...refsOf(directNeeds())] },
      ...nodes.map((node) => ({ ref: node['bom-ref'], dependsOn: [] })),
      ...packages.map((one) => ({ ref: refs.get(one.folder), dependsOn: refsOf(one.needs) })),
    ],
  };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(document))}`;
  const { bomFormat, specVersion, ...rest } = document;
  return `${JSON.stringify({ bomFormat, specVersion, serialNumber, ...rest }, undefined, 2)}\n`;
}

interface Component {
  readonly 'bom-ref': string;
  readonly type: 'library' | 'platform';
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly scope?: 'required';
  readonly hashes: readonly object[];
  readonly licenses: readonly object[];
  readonly cpe?: string;
  readonly purl: string;
}

function nodeComponent(architecture: Architecture): Component {
  const { version, integrity } = lockedNode(architecture);
  const purl = purlOf(`node-linux-${architecture}`, version);
  return {
    'bom-ref': purl,
    type: 'platform',
    name: `node-linux-${architecture}`,
    version,
    description: `Node.js, the part of the binary for ${architecture} that runs it`,
    hashes: hashesOf(integrity.slice('sha512-'.length)),
    licenses: licensesOf('MIT'),
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    purl,
  };
}

function packageComponent({ name, version, license, sha512, folder }: ShippedPackage): Component {
  return {
    'bom-ref': refOf(name, version, folder),
    type: 'library',
    name,
    version,
    scope: 'required',
    hashes: hashesOf(sha512),
    licenses: licensesOf(license),
    purl: purlOf(name, version),
  };
}

/** One version may be there twice, in two folders. */
function refOf(name: string, version: string, folder: string): string {
  return folder === `node_modules/${name}` ? purlOf(name, version) : `${purlOf(name, version)}#${folder}`;
}

function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;
}

function hashesOf(base64: string): object[] {
  return [{ alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') }];
}

/** An id of SPDX, or an expression of several. */
function licensesOf(license: string): object[] {
  return /^[\w.+-]+$/.test(license) ? [{ license: { id: license } }] : [{ expression: license }];
}

/** A UUID of version 8, whose bits may be what one likes (RFC 9562). */
function uuidOf(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
