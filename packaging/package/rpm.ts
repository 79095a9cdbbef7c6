/**
 * The .rpm, written by rpmbuild(8): a spec file is made, and the files are there already.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../tool.ts';
import { FOLDERS, type PackedFile, packedFiles, text } from './contents.ts';
import { type Build, DESCRIPTION, MAINTAINER, REVISION, SUMMARY } from './release.ts';
import { packageScript } from './scripts.ts';
import { BINARY, stageTree } from './stage.ts';

const ARCHITECTURE = { x64: 'x86_64', arm64: 'aarch64' } as const;
const PAYLOAD = { small: 'w6.xzdio', fast: 'w1.zstdio' } as const;

const DOC = 'usr/share/doc/holdfast/';
const LICENCES = 'usr/share/licenses/holdfast/';

/** @returns its path */
export function makeRpm(build: Build): string {
  const { version, time, architecture, compression, work, output } = build;
  const tree = join(work, 'rpm');
  const files = rpmFiles();
  stageTree(tree, files, build);
  const spec = join(work, 'holdfast.spec');
  writeFileSync(spec, specFile(build, files));
  const top = join(work, 'rpmbuild');
  mkdirSync(top);
  const name = `holdfast-${version}-${REVISION}.${ARCHITECTURE[architecture]}.rpm`;
  const macros = { ...MACROS, _topdir: top, _binary_payload: PAYLOAD[compression], _rpmfilename: name, packed_tree: tree };
  const definitions = Object.entries(macros).flatMap(([macro, value]) => ['--define', `${macro} ${value}`]);
  const target = ['--target', `${ARCHITECTURE[architecture]}-linux`];
  runTool(['rpmbuild', '-bb', '--quiet', '--nodeps', ...target, ...definitions, spec], { SOURCE_DATE_EPOCH: String(time) });
  const path = join(output, name);
  renameSync(join(top, 'RPMS', name), path);
  return path;
}

const MACROS = {
  _buildhost: 'localhost',
  use_source_date_epoch_as_buildtime: '1',
  clamp_mtime_to_source_date_epoch: '1',
  source_date_epoch_from_changelog: '0',
  _build_id_links: 'none',
  debug_package: '%{nil}',
  // Would strip the binary, and with it the program that Node carries.
  __os_install_post: '%{nil}',
} as const;

function rpmFiles(): readonly PackedFile[] {
  return [
    ...packedFiles({ zshCompletions: 'usr/share/zsh/site-functions' }),
    text(`${LICENCES}LICENSE`, 'LICENSE'),
    text(`${DOC}apparmor/nameservice`, 'packaging/apparmor/nameservice'),
    text(`${DOC}CHANGELOG.md`, 'CHANGELOG.md'),
  ];
}

/** What the binary needs of libraries, rpmbuild reads from it. */
function specFile({ version, time }: Build, files: readonly PackedFile[]): string {
  const date = new Date(time * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) .*/, '$1 $3 $2 $4');
  return `Name: holdfast
Version: ${version}
Release: ${REVISION}
Summary: ${SUMMARY.replace(/^./, (letter) => letter.toUpperCase())}
License: Apache-2.0
Group: System Environment/Base
URL: https://packages.invalid/holdfast
Packager: ${MAINTAINER}
Requires: /usr/bin/awk
Recommends: libnss_cache.so.2()(64bit)

%description
${DESCRIPTION.join('\n')}

%prep
%build
%install
cp -a %{packed_tree}/. %{buildroot}/

%files
${FOLDERS.map(({ path, mode }) => `%dir %attr(${octal(mode)}, root, root) "/${path}"`).join('\n')}
%attr(0755, root, root) "/${BINARY}"
${files.map(fileLine).join('\n')}

%post
${scriptlet('rpm-post')}
%preun
${scriptlet('rpm-preun')}
%postun
${scriptlet('rpm-postun')}
%changelog
* ${date} ${MAINTAINER} - ${version}-${REVISION}
- holdfast ${version}: see CHANGELOG.md
`;
}

function fileLine({ path, mode }: PackedFile): string {
  return `${path.startsWith(DOC) ? '%doc ' : ''}${path.startsWith(LICENCES) ? '%license ' : ''}%attr(${octal(mode)}, root, root) "/${path}"`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** A per cent sign begins a macro. */
function scriptlet(name: 'rpm-post' | 'rpm-preun' | 'rpm-postun'): string {
  return packageScript(name).replaceAll('%', '%%');
}
