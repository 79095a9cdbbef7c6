/**
 * The .deb, written by dpkg-deb(1).
 */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../tool.ts';
import { type PackedFile, packedFiles, text, zipped } from './contents.ts';
import { type Build, DESCRIPTION, MAINTAINER, type Release, REVISION, SUMMARY } from './release.ts';
import { packageScript } from './scripts.ts';
import { BINARY, setTimes, stageTree } from './stage.ts';

const ARCHITECTURE = { x64: 'amd64', arm64: 'arm64' } as const;
const COMPRESSION = { small: ['-Zxz', '-z6'], fast: ['-Zgzip', '-z1'] } as const;

const DOC = 'usr/share/doc/holdfast';
const APPARMOR = 'etc/apparmor.d/abstractions/nameservice.d/holdfast';
const CONFFILES: readonly string[] = [APPARMOR];

/** @returns its path */
export function makeDeb(build: Build): string {
  const { version, time, architecture, compression, work, output } = build;
  const tree = join(work, 'deb');
  const files = debFiles(build);
  stageTree(tree, files, build);
  writeControl(tree, files, build);
  setTimes(tree, time);
  const path = join(output, `holdfast_${version}-${REVISION}_${ARCHITECTURE[architecture]}.deb`);
  const command = ['dpkg-deb', '--root-owner-group', ...COMPRESSION[compression], '--build', tree, path];
  runTool(command, { SOURCE_DATE_EPOCH: String(time) });
  return path;
}

function debFiles(release: Release): readonly PackedFile[] {
  return [
    ...packedFiles({ zshCompletions: 'usr/share/zsh/vendor-completions' }),
    text(APPARMOR, 'packaging/apparmor/nameservice'),
    text('usr/share/lintian/overrides/holdfast', 'packaging/lintian-overrides'),
    text(`${DOC}/copyright`, 'packaging/copyright'),
    zipped(`${DOC}/changelog.gz`, readFileSync(join(import.meta.dirname, '../../CHANGELOG.md'), 'utf8')),
    zipped(`${DOC}/changelog.Debian.gz`, changelog(release)),
  ];
}

function changelog({ version, time }: Release): string {
  const date = new Date(time * 1000).toUTCString().replace('GMT', '+0000');
  return `holdfast (${version}-${REVISION}) stable; urgency=medium\n\n  * holdfast ${version}: see changelog.gz.\n\n -- ${MAINTAINER}  ${date}\n`;
}

function writeControl(tree: string, files: readonly PackedFile[], build: Build): void {
  const folder = join(tree, 'DEBIAN');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  const paths = [...files.map(({ path }) => path), BINARY].sort();
  const write = (name: string, content: string, mode: number): void => {
    writeFileSync(join(folder, name), content);
    chmodSync(join(folder, name), mode);
  };
  write('control', control(build, sizeOf(tree, paths)), 0o644);
  write('md5sums', paths.map((path) => `${md5(join(tree, path))}  ${path}\n`).join(''), 0o644);
  write('conffiles', CONFFILES.map((path) => `/${path}\n`).join(''), 0o644);
  for (const name of ['postinst', 'prerm', 'postrm'] as const) write(name, `#!/bin/sh\n${packageScript(`deb-${name}`)}`, 0o755);
}

/** In KiB, each file rounded up, as deb-substvars(5) says. */
function sizeOf(tree: string, paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + Math.ceil(statSync(join(tree, path)).size / 1024), 0);
}

function md5(path: string): string {
  return createHash('md5').update(readFileSync(path)).digest('hex');
}

/**
 * libnss-cache is only recommended, so that a host without a mirror takes the package. The versions of libraries are those that Node's
 * symbols want (GLIBC_2.28, CXXABI_1.3.11).
 */
function control({ version, architecture }: Build, size: number): string {
  return `Package: holdfast
Version: ${version}-${REVISION}
Architecture: ${ARCHITECTURE[architecture]}
Maintainer: ${MAINTAINER}
Installed-Size: ${size}
Depends: libatomic1 (>= 4.8), libc6 (>= 2.28), libgcc-s1 (>= 4.2), libstdc++6 (>= 7)
Recommends: libnss-cache
Suggests: openssh-server
Section: admin
Priority: optional
Description: ${SUMMARY}
${DESCRIPTION.map((line) => ` ${line}\n`).join('')}`;
}
