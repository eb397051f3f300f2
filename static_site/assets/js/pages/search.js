/**
 * Search and the whole shop: the address says what is looked for, sorted how, and how many pages are open.
 *
 * `?q=&category=&sort=&pages=`. Shelves and sort orders are links, so Back and bookmarks work by themselves.
 * What the address names and the shop does not have is taken out of it.
 */

/** @import { ProductList } from '../../../types/api' */
import '../shell.js';
import { call, wordsFor } from '../api.js';
import { find, findAll } from '../dom.js';
import { productCard } from '../product-card.js';
import { showCardStock } from '../stock.js';

const PAGE = 24;
const LONGEST_QUERY = 200;
const asked = possible(new URLSearchParams(location.search));
const query = (asked.get('q') ?? '').trim();
const results = find('[data-results]', HTMLElement);
const more = find('[data-more]', HTMLButtonElement);
const trouble = find('[data-trouble]', HTMLElement);
let pagesOpen = Math.max(1, Math.trunc(Number(asked.get('pages'))) || 1);
/** @type {string | null} */
let cursor = '';

/**
 * Take out of an address what the shop does not have, here and in the browser's bar.
 * @param {URLSearchParams} wanted
 */
function possible(wanted) {
  const before = String(wanted);
  for (const name of ['category', 'sort']) {
    const value = wanted.get(name);
    if (value && !findAll(`[data-${name}]`).some((link) => link.dataset[name] === value)) wanted.delete(name);
  }
  const words = wanted.get('q') ?? '';
  if (words.length > LONGEST_QUERY) wanted.set('q', words.slice(0, LONGEST_QUERY));
  if (String(wanted) !== before) history.replaceState(history.state, '', `/search?${wanted}`);
  return wanted;
}

/**
 * Return this page's address with one parameter changed.
 * @param {string} name
 * @param {string} value
 */
function addressWith(name, value) {
  const wanted = new URLSearchParams(asked);
  wanted.delete('pages');
  if (value) wanted.set(name, value);
  else wanted.delete(name);
  return `/search?${wanted}`;
}

function showChoices() {
  for (const input of findAll('input[name="q"]')) if (input instanceof HTMLInputElement) input.value = query;
  for (const name of ['category', 'sort']) {
    for (const link of findAll(`[data-${name}]`)) {
      const value = link.dataset[name] ?? '';
      const current = asked.get(name) || (name === 'sort' ? 'featured' : '');
      link.setAttribute('href', addressWith(name, value));
      link.ariaCurrent = value === current ? 'true' : null;
    }
  }
}

/** Name what is shown, in the heading and the title: the words looked for, or the shelf. */
function showHeading() {
  const shelf = findAll('[data-category]').find((link) => link.dataset.category === asked.get('category'))?.dataset.label;
  if (query || shelf) document.title = `${query || shelf} – ${document.title}`;
  if (query) find('[data-sort="featured"]', HTMLElement).textContent = 'Best match';
  if (query) find('[data-heading]', HTMLElement).textContent = `Results for “${query}”`;
  else if (shelf) find('[data-heading]', HTMLElement).textContent = shelf;
}

/** @returns {Promise<ProductList>} */
function nextPage() {
  const wanted = new URLSearchParams({ limit: String(PAGE) });
  for (const name of ['q', 'category', 'sort']) if (asked.get(name)) wanted.set(name, asked.get(name) ?? '');
  if (cursor) wanted.set('cursor', cursor);
  return call('GET', `/products?${wanted}`);
}

/**
 * Fetch one more page and show it.
 * @returns {Promise<HTMLElement[]>} its cards
 */
async function openPage() {
  const page = await nextPage();
  const cards = page.items.map(productCard);
  if (cursor === '') results.replaceChildren(...cards);
  else results.append(...cards);
  cursor = page.next_cursor;
  more.hidden = cursor === null;
  showFound(page);
  showTallies(page);
  return cards;
}

/** @param {ProductList} page */
function showFound(page) {
  const shown = results.children.length;
  const products = `${page.total} product${page.total === 1 ? '' : 's'}`;
  const meant = page.did_you_mean ? ` for “${page.did_you_mean}”, which we think you meant` : '';
  find('[data-found]', HTMLElement).textContent = `${products}${meant}${shown < page.total ? `, ${shown} shown` : ''}`;
  if (page.total === 0) say('Nothing fits that. Try a plainer word, such as “pan” or “bowl”, or look along the shelves.', false);
}

/** @param {ProductList} page */
function showTallies(page) {
  const counts = new Map(page.facets.category?.map(({ value, count }) => [value, count]));
  for (const link of findAll('[data-category]')) {
    const tally = link.querySelector('[data-tally]');
    if (tally) tally.textContent = String(counts.get(link.dataset.category ?? '') ?? 0);
  }
}

/**
 * @param {string} words
 * @param {boolean} retry whether trying again could help
 */
function say(words, retry) {
  find('[data-trouble-text]', HTMLElement).textContent = words;
  find('[data-trouble-action]', HTMLElement).hidden = !retry;
  trouble.hidden = false;
}

/**
 * Open some more pages, then show their stock.
 * @param {number} pages
 * @returns {Promise<HTMLElement[]>} their cards
 */
async function open(pages) {
  /** @type {HTMLElement[]} */
  const cards = [];
  trouble.hidden = true;
  try {
    for (let page = 0; page < pages && cursor !== null; page += 1) cards.push(...(await openPage()));
  } catch (error) {
    if (cursor === '') results.replaceChildren();
    say(wordsFor(error), true);
  }
  results.ariaBusy = null;
  showCardStock(cards).catch(() => {});
  return cards;
}

/** Load more: the keyboard goes on where the new cards begin. */
async function openMore() {
  more.disabled = true;
  const [first] = await open(1);
  more.disabled = false;
  if (!first) return;
  first.querySelector('a')?.focus();
  pagesOpen += 1;
  asked.set('pages', String(pagesOpen));
  history.replaceState(history.state, '', `/search?${asked}`);
}

more.addEventListener('click', openMore);
find('[data-retry]', HTMLButtonElement).addEventListener('click', () => open(1));
addEventListener('pagehide', () => history.replaceState({ scroll: scrollY }, ''));

showChoices();
showHeading();
await open(pagesOpen);
if (history.state?.scroll) scrollTo(0, history.state.scroll);
