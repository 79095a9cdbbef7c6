/**
 * What the packages lay down on a host, path by path.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { manualNames, renderManual } from '../manuals.ts';
import { renderNotices } from './notices.ts';

const root = dirname(dirname(import.meta.dirname));

export interface PackedFile {
  /** Without a leading slash. */
  readonly path: string;
  readonly mode: number;
  readonly content: string | Buffer;
}

export interface PackedFolder {
  readonly path: string;
  readonly mode: number;
}

/** Where the two kinds of packages differ. */
export interface Layout {
  readonly zshCompletions: string;
}

/** Those that are holdfast's own and those whose mode is not 0755; all others are the system's. */
export const FOLDERS: readonly PackedFolder[] = [
  { path: 'etc/holdfast', mode: 0o750 },
  { path: 'etc/holdfast/tls', mode: 0o700 },
  { path: 'etc/holdfast/hooks.d', mode: 0o755 },
  { path: 'usr/lib/holdfast', mode: 0o755 },
];

const DOC = 'usr/share/doc/holdfast';

export function packedFiles({ zshCompletions }: Layout): readonly PackedFile[] {
  return [
    program('usr/lib/holdfast/authorized-keys', 'packaging/authorized-keys'),
    program('usr/lib/holdfast/authorized-keys-chain', 'packaging/authorized-keys-chain'),
    program('usr/lib/holdfast/nologin', 'packaging/nologin'),
    ...namesIn('systemd').map((name) => text(`usr/lib/systemd/${unitFolder(name)}/${name}`, `systemd/${name}`)),
    text('usr/lib/tmpfiles.d/holdfast.conf', 'packaging/tmpfiles.d/holdfast.conf'),
    text('usr/share/selinux/packages/holdfast.cil', 'packaging/selinux/holdfast.cil'),
    text('usr/share/bash-completion/completions/holdfast', 'packaging/completions/holdfast.bash'),
    text(`${zshCompletions}/_holdfast`, 'packaging/completions/_holdfast'),
    text('usr/share/fish/vendor_completions.d/holdfast.fish', 'packaging/completions/holdfast.fish'),
    ...manualNames().map((name) => zipped(`usr/share/man/man${name.at(-1) ?? ''}/${name}.gz`, renderManual(name))),
    zipped(`${DOC}/licenses.gz`, renderNotices()),
    text(`${DOC}/security-modules.md`, 'packaging/security-modules.md'),
    ...namesIn('packaging/examples').map((name) => text(`${DOC}/examples/${name}`, `packaging/examples/${name}`)),
    ...namesIn('packaging/monitoring').map((name) => text(`${DOC}/monitoring/${name}`, `packaging/monitoring/${name}`)),
    ...namesIn('packaging/sshd').map((name) => text(`${DOC}/examples/sshd/${name}`, `packaging/sshd/${name}`)),
    ...namesIn('packaging/aws').map((name) => text(`${DOC}/examples/aws/${name}`, `packaging/aws/${name}`)),
  ];
}

function unitFolder(name: string): string {
  return name.endsWith('.preset') ? 'system-preset' : 'system';
}

/** Files at any depth, in an order that is the same everywhere. */
function namesIn(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map(({ parentPath, name }) => join(parentPath, name).slice(join(root, folder).length + 1)).sort();
}

export function text(path: string, source: string): PackedFile {
  return { path, mode: 0o644, content: readFileSync(join(root, source), 'utf8') };
}

function program(path: string, source: string): PackedFile {
  return { ...text(path, source), mode: 0o755 };
}

/** zlib writes neither a name nor a time. */
export function zipped(path: string, content: string): PackedFile {
  return { path, mode: 0o644, content: gzipSync(content, { level: 9 }) };
}
