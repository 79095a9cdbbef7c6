/**
 * The scripts that dpkg and rpm run, each with all functions in it: nothing of the package is there when the last of them runs.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const folder = join(dirname(import.meta.dirname), 'scripts');

type ScriptName = 'deb-postinst' | 'deb-prerm' | 'deb-postrm' | 'rpm-post' | 'rpm-preun' | 'rpm-postun';

/** Without the line that names the interpreter. */
export function packageScript(name: ScriptName): string {
  return `set -e\n\n${read('functions')}\n${read(name)}`;
}

function read(name: string): string {
  return readFileSync(join(folder, `${name}.sh`), 'utf8');
}
