/**
 * `npm run manuals`: dist/man/man5 and dist/man/man8, made by scdoc(1) of what packaging/man holds.
 *
 * scdoc puts in paragraphs where there is nothing to separate; man(1) shows the page all the same, but `mandoc -T lint` does not like
 * them, and a lint that always has something to say is one that nobody reads.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const sources = join(root, 'packaging/man');

/** Names as man(1) looks for them: `holdfast.8`. */
export function manualNames(): string[] {
  return readdirSync(sources)
    .filter((name) => name.endsWith('.scd'))
    .map((name) => name.replace(/\.scd$/, ''))
    .sort();
}

/** The page in roff. Its date is SOURCE_DATE_EPOCH, or today. */
export function renderManual(name: string): string {
  const path = join(sources, `${name}.scd`);
  const { error, status, stdout, stderr } = spawnSync('scdoc', { input: readFileSync(path), encoding: 'utf8' });
  if (error !== undefined) throw new Error(`scdoc cannot be run: ${error.message}; Debian has it in the package scdoc`);
  if (status !== 0) throw new Error(`${path}: ${stderr.trim()}`);
  return withoutEmptyParagraphs(stdout);
}

function withoutEmptyParagraphs(roff: string): string {
  const lines: string[] = [];
  for (const line of roff.replaceAll('.P\n.RE\n', '.RE\n.P\n').split('\n')) {
    const last = lines.at(-1) ?? '';
    if (line === '.P' && /^\.(?:S[HS] |TH |P$)/.test(last)) continue;
    if (last === '.P' && /^(?:\.S[HS] .*|)$/.test(line)) lines.pop();
    lines.push(line);
  }
  return lines.join('\n');
}

export function writeManuals(folder: string): void {
  for (const name of manualNames()) {
    const section = join(folder, `man${name.at(-1) ?? ''}`);
    mkdirSync(section, { recursive: true });
    writeFileSync(join(section, name), renderManual(name));
  }
}

if (import.meta.main) writeManuals(join(root, 'dist/man'));
