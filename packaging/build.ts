/**
 * `npm run build`: dist/holdfast, a single binary, dist/authorized-keys, the lookup command, dist/authorized-keys-chain, which asks others
 * as well, and dist/nologin, a shell for bastions.
 *
 * esbuild makes one CommonJS file of src/, pkg puts that into a copy of the Node that npm installed (a "single executable
 * application", SEA). Nothing is downloaded, and equal sources and packages give an equal binary, wherever they lie.
 *
 * No code cache: it saves about a third of the start-up, but V8 makes a different one in every build, and with a
 * fixed hash seed (which would make it repeatable) refuses it at run time.
 *
 * @see https://nodejs.org/api/single-executable-applications.html
 */
import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
// pkg's command has no way to pass a SEA configuration, its function has: hence the path into the package (pinned).
import pkg from '@yao-pkg/pkg/lib-es5/sea.js';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const root = dirname(import.meta.dirname);
const work = join(root, '.build');
const dist = join(root, 'dist');
const nodePackage = `node-linux-${process.arch}`;

async function main(): Promise<void> {
  await mkdir(work, { recursive: true });
  await mkdir(dist, { recursive: true });
  const { version, nodeVersion } = await readVersions();
  const assets = await bundle(version);
  const node = slimNode();
  await makeBinary({ node, nodeVersion, assets });
  await install(join(root, 'packaging/authorized-keys'), 'authorized-keys');
  await install(join(root, 'packaging/authorized-keys-chain'), 'authorized-keys-chain');
  await install(join(root, 'packaging/nologin'), 'nologin');
}

async function readVersions(): Promise<{ version: string; nodeVersion: string }> {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string;
    optionalDependencies: Record<string, string>;
  };
  const nodeVersion = manifest.optionalDependencies[nodePackage];
  if (nodeVersion === undefined) throw new Error(`package.json names no ${nodePackage}: this machine cannot build holdfast`);
  return { version: manifest.version, nodeVersion };
}

/** Writes .build/holdfast.cjs and one file per lazy package; returns those as SEA assets, name to file. */
async function bundle(version: string): Promise<Record<string, string>> {
  const { plugin, names } = lazyPackages();
  await build({
    ...bundleOptions,
    entryPoints: [join(root, 'src/main.ts')],
    outfile: join(work, 'holdfast.cjs'),
    define: { __HOLDFAST_VERSION__: JSON.stringify(version) },
    plugins: [plugin],
  });
  const assets: Record<string, string> = {};
  for (const name of names) {
    const outfile = join(work, `${name.replaceAll('/', '+')}.cjs`);
    await build({ ...bundleOptions, stdin: { contents: `module.exports = require('${name}')`, resolveDir: root }, outfile });
    assets[name] = outfile;
  }
  return assets;
}

const bundleOptions: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node26',
  absWorkingDir: root,
  // `import()` inside a SEA knows only Node's own modules; as a deferred require() it stays lazy and finds the bundle's.
  supported: { 'dynamic-import': false },
  // Names are kept, so that a stack trace can be read; taking the white space out saved no measurable time.
  minify: false,
  logLevel: 'warning',
  logOverride: { 'empty-import-meta': 'silent' },
};

/**
 * A package that src/ loads with `import()` is kept out of the bundle, as an asset of the binary: V8 would have to scan it
 * at each start, and 1.5 MB of AWS SDK cost 40 ms even if nobody calls it.
 */
function lazyPackages(): { plugin: Plugin; names: ReadonlySet<string> } {
  const names = new Set<string>();
  const plugin: Plugin = {
    name: 'lazy-packages',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        if (kind !== 'dynamic-import' || isBuiltin(path)) return undefined;
        names.add(path);
        return { path, namespace: 'asset' };
      });
      onLoad({ filter: /.*/, namespace: 'asset' }, ({ path }) => ({ contents: assetLoader(path) }));
    },
  };
  return { plugin, names };
}

function assetLoader(name: string): string {
  return `
    const source = require('node:sea').getAsset('${name}', 'utf8');
    const parameters = ['module', 'exports', 'require'];
    require('node:vm').compileFunction(source, parameters, { filename: '${name}' })(module, exports, require);
  `;
}

/** Node without its debug and symbol tables (33 of 150 MB), which only a debugger reads. */
function slimNode(): string {
  const original = createRequire(import.meta.url).resolve(`${nodePackage}/bin/node`);
  const slim = join(work, 'node');
  const { error, status } = spawnSync('strip', ['-o', slim, original], { stdio: 'inherit' });
  if (error === undefined && status === 0) return slim;
  process.stderr.write('build: no working strip (package binutils): dist/holdfast will be 33 MB larger\n');
  return original;
}

interface Binary {
  readonly node: string;
  readonly nodeVersion: string;
  readonly assets: Record<string, string>;
}

async function makeBinary({ node, nodeVersion, assets }: Binary): Promise<void> {
  // pkg works in a new folder below TMPDIR. Node writes the path of `main` into the binary, as given: so not an absolute one.
  process.env['TMPDIR'] = work;
  const seaConfig = {
    main: '../holdfast.cjs',
    assets,
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: false,
    // The agent runs as root: NODE_OPTIONS in somebody's environment shall not load code into it.
    execArgvExtension: 'none',
    // Nearly all that a run makes stays until its end: a larger nursery would only be copied twice, and costs 40 MB.
    execArgv: ['--max-semi-space-size=8'],
  };
  const output = join(work, 'holdfast');
  await pkg.default(join(work, 'holdfast.cjs'), {
    nodePath: node,
    targets: [{ nodeRange: `node${nodeVersion}`, platform: 'linux', arch: process.arch, output }],
    seaConfig,
  });
  await install(output, 'holdfast');
  await rm(output);
}

/** Replaces by rename, so that a running binary is neither written to nor seen half done. */
async function install(from: string, name: string): Promise<void> {
  const staged = join(dist, `.${name}.new`);
  await copyFile(from, staged);
  await chmod(staged, 0o755);
  await rename(staged, join(dist, name));
}

await main();
