/**
 * Bundles the client-rendered pages: `node build.mjs PACKAGES SHOP.json FOLDER`, once with React and once with Preact.
 *
 * FOLDER/NAME/ holds what belongs below /assets/NAME/, and FOLDER/NAME.html the shell of every page of /NAME but its
 * home, whose picture is known beforehand: that is FOLDER/NAME-home.html.
 */

import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const SOURCE = path.join(import.meta.dirname, 'src');
const PREACT = { react: 'preact/compat', 'react-dom/client': 'preact/compat/client', 'react/jsx-runtime': 'preact/jsx-runtime' };
const LIBRARIES = ['react', 'preact'];
const HERO = '<link rel="preload" as="image" fetchpriority="high" href="/assets/images/hero.svg">';

const [packages, shop, folder] = process.argv.slice(2).map((one) => path.resolve(one));
if (!folder) throw new Error('Say where from and where to: node build.mjs PACKAGES SHOP.json FOLDER');
const { name: shopName, tagline, locale } = JSON.parse(await readFile(shop, 'utf8'));
const escaped = (/** @type {string} */ words) => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
await rm(folder, { recursive: true, force: true });
for (const name of LIBRARIES) await bundle(name);

/** @param {string} name the library, and the folder */
async function bundle(name) {
  const { metafile } = await build({
    entryPoints: { main: `${SOURCE}/main.jsx`, start: `${SOURCE}/start.js`, pages: `${SOURCE}/pages.css` },
    outdir: path.join(folder, name),
    entryNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    metafile: true,
    target: 'es2022',
    jsx: 'automatic',
    legalComments: 'none',
    nodePaths: [path.join(packages, 'node_modules')],
    alias: { shop, ...(name === 'preact' && PREACT) },
    define: { 'process.env.NODE_ENV': '"production"', __BASE__: JSON.stringify(`/${name}`) },
  });
  await writeFile(path.join(folder, `${name}.html`), shell(name, metafile));
  await writeFile(path.join(folder, `${name}-home.html`), shell(name, metafile, [HERO]));
}

/**
 * Return a page's shell.
 * @param {string} name
 * @param {import('esbuild').Metafile} metafile
 * @param {string[]} preloads
 */
function shell(name, { outputs }, preloads = []) {
  const address = (/** @type {string} */ file) => `/assets/${name}/${path.basename(file)}`;
  const built = (/** @type {string} */ source) => Object.keys(outputs).find((file) => outputs[file].entryPoint?.endsWith(source));
  const imported = outputs[built('main.jsx')].imports.filter(({ kind }) => kind === 'import-statement').map((one) => one.path);
  return [
    '<!doctype html>',
    `<html lang="${locale}">`,
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(shopName)}</title>`,
    `<meta name="description" content="${escaped(`${shopName}: ${tagline.toLowerCase()}.`)}">`,
    '<link rel="icon" href="/assets/images/icons/icon-32.png" sizes="32x32" type="image/png">',
    '<link rel="icon" href="/assets/images/favicon.svg" sizes="any" type="image/svg+xml">',
    ...preloads,
    `<link rel="stylesheet" href="${address(built('pages.css'))}">`,
    ...[...imported, built('main.jsx')].map((file) => `<link rel="modulepreload" href="${address(file)}">`),
    `<script type="module" src="${address(built('start.js'))}"></script>`,
    `<script type="module" src="${address(built('main.jsx'))}"></script>`,
    '</head>',
    '<body><div id="root"></div></body>',
    '</html>',
    '',
  ].join('\n');
}
