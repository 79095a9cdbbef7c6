/**
 * The licences of everything that is in the binary: Node with what it brings, and the npm packages.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hostArchitecture, lockedNode, nodeFolder } from '../node-runtime.ts';
import { type ShippedPackage, shippedPackages } from './shipped-packages.ts';

const root = dirname(dirname(import.meta.dirname));

/** It is the same for each architecture. */
export function renderNotices(): string {
  const node = hostArchitecture();
  const parts = [
    ['holdfast', readFileSync(join(root, 'LICENSE'), 'utf8')],
    [`Node.js ${lockedNode(node).version}`, readFileSync(join(nodeFolder(node), 'LICENSE'), 'utf8')],
    ...shippedPackages().map((one) => [`${one.name} ${one.version} (${one.license})`, licenceText(one)]),
  ];
  return parts.map(([title = '', text = '']) => `${'='.repeat(80)}\n${title}\n${'='.repeat(80)}\n\n${text.trim()}\n`).join('\n');
}

function licenceText({ folder, license }: ShippedPackage): string {
  const name = readdirSync(join(root, folder)).find((file) => /^licen[cs]e/i.test(file));
  return name === undefined
    ? `Under the licence ${license}; the package has no file with its text.`
    : readFileSync(join(root, folder, name), 'utf8');
}
