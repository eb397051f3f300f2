/**
 * Draws the PNGs that other sites and home screens take, from the SVGs of the pages: `node dev/share_images.js`.
 *
 * A share image of 1200 × 630 for each picture, and the shop's mark in the sizes that devices ask for. Only what is
 * missing or older than its drawing is drawn, and what has lost its drawing goes.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';

const SELF = fileURLToPath(import.meta.url);
const IMAGES = join(dirname(SELF), '../static_site/assets/images');
const MARK = join(IMAGES, 'favicon.svg');
const ICONS = { 'touch-icon.png': 180, 'icon-32.png': 32 };
const PAPER = '#faf8f4';
const PLATE = '#f0ebe1';
const [WIDTH, HEIGHT, MARGIN] = [1200, 630, 36];
const [INNER_WIDTH, INNER_HEIGHT] = [WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN];
/** Objects leave room round themselves on their plates, so that they may be larger than this one. */
const OBJECT_HEIGHT = 620;

/** Wide enough to fill the plate from edge to edge. */
const WIDE = 1.6;
/** So wide that it is no object but a scene, which has a plate of its own. */
const SCENE = 1.1;

const mark = readFileSync(MARK, 'utf8');

/** An SVG inside another one. */
const placed = (svg, x, y, width, height, fit) =>
  svg.replace('<svg ', `<svg x="${x}" y="${y}" preserveAspectRatio="${fit}" `).replace(/ width="\d+" height="\d+">/, ` width="${width}" height="${height}">`);

const plate = (x, width) => `<rect x="${x}" y="${MARGIN}" width="${width}" height="${INNER_HEIGHT}" rx="22" fill="${PLATE}"/>`;

/** The frame of a share image: paper, and a plate with the drawing on it. */
function shared(svg) {
  const [, width, height] = svg.match(/viewBox="0 0 (\d+) (\d+)"/).map(Number);
  const shape = width / height;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"><rect width="100%" height="100%" fill="${PAPER}"/>${
    shape > SCENE && shape < WIDE ? besideMark(svg, INNER_HEIGHT * shape) : underMark(svg, shape >= WIDE)
  }</svg>`;
}

const besideMark = (svg, width) => {
  const x = WIDTH - MARGIN - width;
  return `${placed(mark, x / 2 - 110, HEIGHT / 2 - 110, 220, 220, 'xMidYMid')}${plate(x, width)}${placed(svg, x, MARGIN, width, INNER_HEIGHT, 'xMidYMid')}`;
};

const underMark = (svg, fills) => {
  const drawing = fills
    ? placed(svg, MARGIN, MARGIN, INNER_WIDTH, INNER_HEIGHT, 'xMidYMax slice')
    : placed(svg, MARGIN, (HEIGHT - OBJECT_HEIGHT) / 2, INNER_WIDTH, OBJECT_HEIGHT, 'xMidYMid');
  const ground = plate(MARGIN, INNER_WIDTH);
  const corner = WIDTH - MARGIN - 62;
  return `<clipPath id="plate">${ground}</clipPath><g clip-path="url(#plate)">${ground}${drawing}</g><circle cx="${corner}" cy="${MARGIN + 62}" r="92" fill="${PAPER}"/>${placed(mark, corner - 44, MARGIN + 14, 88, 88, 'xMidYMid')}`;
};

/** The mark on paper, for home screens; small ones have no ground. */
const icon = (size) =>
  size < 100 ? mark : `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" fill="${PAPER}"/>${placed(mark, 5, 4.5, 22, 22, 'xMidYMid')}</svg>`;

const changed = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Draw a PNG unless it is newer than what it is drawn from. */
function draw(png, sources, svg, width) {
  if (changed(png) > Math.max(...sources.map(changed))) return 0;
  mkdirSync(dirname(png), { recursive: true });
  writeFileSync(png, new Resvg(svg(), { fitTo: { mode: 'width', value: width }, font: { loadSystemFonts: false } }).render().asPng());
  return 1;
}

const files = readdirSync(IMAGES, { recursive: true });
const drawings = files.filter((name) => name.endsWith('.svg') && !name.startsWith('share') && name !== 'favicon.svg');
const wanted = new Set(drawings.map((name) => join('share', name.replace(/svg$/, 'png'))));
for (const name of files) if (/^share.*png$/.test(name) && !wanted.has(name)) rmSync(join(IMAGES, name));

let drawn = 0;
for (const name of drawings) {
  const source = join(IMAGES, name);
  drawn += draw(join(IMAGES, 'share', name.replace(/svg$/, 'png')), [source, MARK, SELF], () => shared(readFileSync(source, 'utf8')), WIDTH);
}
for (const [name, size] of Object.entries(ICONS)) drawn += draw(join(IMAGES, 'icons', name), [MARK, SELF], () => icon(size), size);
if (drawn) console.log(`Drew ${drawn} share images and icons.`);
