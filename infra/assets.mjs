/**
 * Builds the assets for shoppers far away: `node infra/assets.mjs FOLDER`.
 *
 * Modules are bundled by Rollup and minified by esbuild: a page loads its own file, and one or two that others share.
 * Style sheets are minified; the names of both tell their content, so that browsers may keep them for ever. Everything
 * else is copied. The pages work without any of this: `FOLDER/assets` stands in for `static_site/assets`, and
 * `FOLDER/assets.json` says what is called how, and which files a page's module imports at once.
 */

import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, transform } from 'esbuild';
import { rollup } from 'rollup';

const SOURCE = path.resolve('static_site/assets');
const BUILT = ['css', 'js', 'vendor'];
const TARGET = 'es2022';
// What nearly every page needs, and what those need that render state.
const SHARED = new Map([
  ...['api', 'cart', 'dom', 'money', 'recorder', 'session', 'stock'].map((name) => [`js/${name}.js`, 'shop']),
  ...['js/views.js', 'vendor/lit-html.js'].map((name) => [name, 'views']),
  ['js/forms.js', 'forms'],
]);

const folder = process.argv[2];
if (!folder) throw new Error('Say where to: node infra/assets.mjs FOLDER');
const assets = path.join(folder, 'assets');
await rm(assets, { recursive: true, force: true });
await mkdir(assets, { recursive: true });
const names = { ...(await styles()) };
const preloads = await modules();
await copy();
await writeFile(path.join(folder, 'assets.json'), JSON.stringify({ names, preloads }, null, 2));

/** Pictures and the like keep their names: the catalogue tells their addresses. */
async function copy() {
  const others = (await readdir(SOURCE)).filter((name) => !BUILT.includes(name));
  await Promise.all(others.map((name) => cp(path.join(SOURCE, name), path.join(assets, name), { recursive: true })));
}

/** Minify the style sheets; returns what each is called now. */
async function styles() {
  const sheets = (await readdir(`${SOURCE}/css`)).map((name) => `${SOURCE}/css/${name}`);
  const { metafile } = await build({ entryPoints: sheets, outbase: SOURCE, outdir: assets, entryNames: '[dir]/[name]-[hash]', minify: true, metafile: true, target: TARGET });
  const outputs = Object.entries(metafile.outputs).map(([file, { entryPoint }]) => [path.relative(SOURCE, path.resolve(entryPoint ?? '')), path.relative(assets, file)]);
  return Object.fromEntries(outputs);
}

/** Bundle the modules, and add what each is called now; returns which files a page's module imports before it runs. */
async function modules() {
  const pages = (await readdir(`${SOURCE}/js/pages`)).map((name) => `pages/${name.replace('.js', '')}`);
  const input = Object.fromEntries(['shell', 'first-search', ...pages].map((name) => [`js/${name}`, `${SOURCE}/js/${name}.js`]));
  const bundle = await rollup({ input });
  const { output } = await bundle.write({
    dir: assets,
    entryFileNames: '[name]-[hash].js',
    chunkFileNames: 'js/shared/[name]-[hash].js',
    manualChunks: (id) => SHARED.get(path.relative(SOURCE, id)),
    plugins: [{ name: 'minify', renderChunk: async (code) => (await transform(withSheets(code), { minify: true, format: 'esm', target: TARGET })).code }],
  });
  const files = new Map(output.map((file) => [file.fileName, file.type === 'chunk' ? file.imports : []]));
  const entries = output.filter((file) => file.type === 'chunk' && file.isEntry);
  for (const { name, fileName } of entries) names[`${name}.js`] = fileName;
  return Object.fromEntries(entries.map(({ name, fileName }) => [name.replace('js/', ''), imported(fileName, files)]));
}

/** Let modules that load a style sheet load the built one. @param {string} code */
function withSheets(code) {
  return Object.entries(names).reduce((so, [name, built]) => so.replaceAll(`/assets/${name}`, `/assets/${built}`), code);
}

/**
 * Return the files that one imports before it runs, and that these do.
 * @param {string} entry
 * @param {Map<string, string[]>} files
 */
function imported(entry, files) {
  const found = new Set([entry]);
  for (const file of found) for (const one of files.get(file) ?? []) found.add(one);
  return [...found].slice(1);
}
