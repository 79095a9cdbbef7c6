/**
 * `dist/holdfast` for an architecture: esbuild makes one CommonJS file of src/, pkg puts that into a copy of the Node that npm has (a "single
 * executable application", SEA). Nothing else is downloaded, and equal sources and packages give an equal binary, wherever they lie.
 *
 * No code cache: it saves about a third of the start-up, but V8 makes a different one in every build, and with a
 * fixed hash seed (which would make it repeatable) refuses it at run time.
 *
 * @see https://nodejs.org/api/single-executable-applications.html
 */
import { mkdir } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
// pkg's command has no way to pass a SEA configuration, its function has: hence the path into the package (pinned).
import pkg from '@yao-pkg/pkg/lib-es5/sea.js';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import manifest from '../package.json' with { type: 'json' };
import { type Architecture, lockedNode, provideNode } from './node-runtime.ts';

const root = dirname(import.meta.dirname);
const work = join(root, '.build');
const home = join(work, 'home');

/** @returns the path of each; they lie below .build */
export async function makeBinaries<A extends Architecture>(architectures: readonly A[]): Promise<Readonly<Record<A, string>>> {
  await mkdir(work, { recursive: true });
  for (const architecture of architectures) provideNode(architecture, home);
  const assets = await bundle(manifest.version);
  const outputs = architectures.map((architecture) => [architecture, join(work, `holdfast-${architecture}`)] as const);
  // pkg works in a new folder below TMPDIR. Node writes the path of `main` into the binary, as given: so not an absolute one.
  process.env['TMPDIR'] = work;
  // Where it looks for a Node that it has downloaded.
  process.env['HOME'] = home;
  await pkg.default(join(work, 'holdfast.cjs'), {
    targets: outputs.map(([arch, output]) => ({ nodeRange: `node${lockedNode(arch).version}`, platform: 'linux', arch, output })),
    seaConfig: { ...SEA_OPTIONS, assets },
  });
  return Object.fromEntries(outputs) as Record<A, string>;
}

const SEA_OPTIONS = {
  main: '../holdfast.cjs',
  disableExperimentalSEAWarning: true,
  useSnapshot: false,
  useCodeCache: false,
  // The agent runs as root: NODE_OPTIONS in somebody's environment shall not load code into it.
  execArgvExtension: 'none',
  // Nearly all that a run makes stays until its end: a larger nursery would only be copied twice, and costs 40 MB.
  execArgv: ['--max-semi-space-size=8'],
};

/** Writes .build/holdfast.cjs and one file per lazy package; returns those as SEA assets, name to file. */
async function bundle(version: string): Promise<Record<string, string>> {
  const { plugin, names } = lazyPackages();
  await build({
    ...bundleOptions,
    entryPoints: [join(root, 'src/main.ts')],
    outfile: join(work, 'holdfast.cjs'),
    define: { __HOLDFAST_VERSION__: JSON.stringify(version) },
    plugins: [plugin, englishOnly],
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

/** zod speaks fifty languages, and holdfast one: V8 would have to scan the others at each start, too, and they are a sixth of all code. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: "export { default as en } from './en.js';" }));
  },
};

function assetLoader(name: string): string {
  return `
    const source = require('node:sea').getAsset('${name}', 'utf8');
    const parameters = ['module', 'exports', 'require'];
    require('node:vm').compileFunction(source, parameters, { filename: '${name}' })(module, exports, require);
  `;
}
