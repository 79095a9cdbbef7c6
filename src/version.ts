/**
 * The version of this build: put in by the bundler, read from package.json when the sources run as they are.
 */
import { readFileSync } from 'node:fs';

declare const __HOLDFAST_VERSION__: string | undefined;

export const VERSION: string = typeof __HOLDFAST_VERSION__ === 'string' ? __HOLDFAST_VERSION__ : readPackageVersion();

function readPackageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}
