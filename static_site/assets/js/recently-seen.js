/**
 * The products that this browser looked at lately, in localStorage. They never leave it.
 *
 *     remember({ slug, name, image });
 *     showSeen(slug);      // fills the page's recently_seen section, without that product
 *
 * No price is kept: it would be an old one. What the browser kept is checked when it is read.
 */

import { findAll } from './dom.js';

/** @typedef {{ slug: string, name: string, image: string }} Seen */

const KEY = 'seen';
const MOST = 8;

/** @returns {Seen[]} the latest first */
function seen() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isSeen).slice(0, MOST + 1) : [];
  } catch {
    return [];
  }
}

/** @param {any} kept */
const isSeen = (kept) => /^[a-z0-9-]+$/.test(kept?.slug) && typeof kept.name === 'string' && kept.name !== '' && /^\/assets\/\S+$/.test(kept.image);

/** @param {Seen[]} list */
function keep(list) {
  try {
    localStorage.setItem(KEY, JSON.stringify(list));
  } catch {
    // A full or forbidden store: nothing is remembered, and nothing else suffers.
  }
}

/**
 * Put a product at the front. One more is kept than is shown, because the present one is left out.
 * @param {Seen} product
 */
export const remember = (product) => keep([product, ...without(product.slug)].slice(0, MOST + 1));

/** @param {string} slug */
export const forget = (slug) => keep(without(slug));

export const forgetAll = () => localStorage.removeItem(KEY);

/** @param {string} slug */
const without = (slug) => seen().filter((one) => one.slug !== slug);

/**
 * Show what was looked at, where the page has a place for it.
 * @param {string} [present] the product that the page is about
 */
export function showSeen(present = '') {
  const [section] = findAll('[data-seen]');
  if (!section) return;
  const shown = without(present).slice(0, MOST);
  section.hidden = shown.length === 0;
  section.querySelector('ul')?.replaceChildren(...shown.map(entry));
  const button = section.querySelector('button');
  if (button) button.onclick = () => empty(section);
}

/** @param {Seen} product */
function entry({ slug, name, image }) {
  const link = document.createElement('a');
  link.href = `/products/${slug}`;
  const picture = Object.assign(new Image(400, 500), { alt: '', loading: 'lazy', src: image });
  const plate = Object.assign(document.createElement('span'), { className: 'plate' });
  plate.append(picture);
  link.append(plate, name);
  const item = document.createElement('li');
  item.append(link);
  return item;
}

/** @param {HTMLElement} section */
function empty(section) {
  forgetAll();
  section.hidden = true;
  findAll('main')[0]?.focus();
}
