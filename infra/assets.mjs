/**
 * Builds the assets for shoppers far away: `node infra/assets.mjs FOLDER`.
 *
 * Modules are bundled, minified and split, so that a page loads what it needs and shares what others have loaded. Style
 * sheets are minified; everything else is copied. The pages work without any of this: `FOLDER/assets` stands in for
 * `static_site/assets`, and `FOLDER/modules.json` says which files a page's module imports at once, to be preloaded.
 */

import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const SOURCE = 'static_site/assets';
const BUILT = ['css', 'js', 'vendor'];
const folder = process.argv[2];
if (!folder) throw new Error('Say where to: node infra/assets.mjs FOLDER');
const assets = path.join(folder, 'assets');
const options = { minify: true, target: 'es2022', outbase: SOURCE, outdir: assets };

await rm(assets, { recursive: true, force: true });
await mkdir(assets, { recursive: true });
for (const name of await readdir(SOURCE)) {
  if (!BUILT.includes(name)) await cp(path.join(SOURCE, name), path.join(assets, name), { recursive: true });
}

const pages = (await readdir(`${SOURCE}/js/pages`)).map((name) => `js/pages/${name}`);
const entries = ['js/shell.js', ...pages];
const { metafile } = await build({
  ...options,
  entryPoints: entries.map((entry) => path.join(SOURCE, entry)),
  bundle: true,
  splitting: true,
  format: 'esm',
  chunkNames: 'js/shared/[name]-[hash]',
  metafile: true,
});
const preloads = entries.map((entry) => [entry.replace(/^js\/|\.js$/g, ''), imported(entry)]);
await writeFile(path.join(folder, 'modules.json'), JSON.stringify(Object.fromEntries(preloads), null, 2));

const sheets = (await readdir(`${SOURCE}/css`)).map((name) => path.join(SOURCE, 'css', name));
await build({ ...options, entryPoints: sheets });

/**
 * Return the files that a module imports before it runs, and that these do.
 * @param {string} entry
 * @returns {string[]}
 */
function imported(entry) {
  const found = new Set([entry]);
  for (const file of found) {
    for (const { kind, path: one } of metafile.outputs[path.join(assets, file)].imports) {
      if (kind === 'import-statement') found.add(path.relative(assets, one));
    }
  }
  return [...found].slice(1);
}
