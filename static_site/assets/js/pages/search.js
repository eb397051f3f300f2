/**
 * Search and the whole shop. The address is the state: `?q=&category=&attribute=&min_price=&max_price=&availability=&sort=&pages=`.
 *
 * Every choice is an address: boxes and links push one and show it in place, Back and Forward show theirs again, where
 * they were scrolled to. A search that another one has overtaken is abandoned.
 */

/** @import { ProductList } from '../../../types/api' */
import '../shell.js';
import { onReconnect, readSoon, wordsFor } from '../api.js';
import { find, findAll } from '../dom.js';
import { addressOf, check, chosen, fetchPage, fromForm, read, shelfName, showFacets, unfiltered, withChanges } from '../filters.js';
import { productCard } from '../product-card.js';
import { showCardStock } from '../stock.js';

const PAGE = 24;
const SEEN_AT_ONCE = 4;
const PATIENCE_MS = 300;
const TITLE = document.title;

const heading = find('[data-heading]', HTMLElement);
const status = find('[data-status]', HTMLElement);
const form = find('[data-filters]', HTMLFormElement);
const fold = find('[data-fold]', HTMLDetailsElement);
const chips = find('[data-chosen]', HTMLElement);
const results = find('[data-results]', HTMLElement);
const more = find('[data-more]', HTMLButtonElement);
const trouble = find('[data-trouble]', HTMLElement);
const nothing = find('[data-nothing]', HTMLElement);
const skeleton = [...results.children];
/** Filters stand beside the results from this width on, and fold away below. */
const wide = matchMedia('(min-width: 60rem)');

let asked = read(location.search);
let latest = new AbortController();
/** @type {string | null} */
let cursor = null;
let retry = show;

/**
 * Go to another search, in place.
 * @param {URLSearchParams} wanted
 */
async function go(wanted) {
  rememberScroll();
  history.pushState(null, '', addressOf(wanted));
  asked = wanted;
  const shown = show();
  if (status.getBoundingClientRect().top < 0 && (wide.matches || !fold.open)) status.scrollIntoView();
  await shown;
}

/** Show what the address asks for. */
async function show() {
  latest.abort();
  latest = new AbortController();
  const { signal } = latest;
  showAddress();
  retry = show;
  trouble.hidden = true;
  results.ariaBusy = 'true';
  const late = setTimeout(showSkeleton, PATIENCE_MS);
  try {
    const pages = await fetchPages(Number(asked.get('pages') ?? 1), signal);
    clearTimeout(late);
    showPages(pages, signal);
  } catch (error) {
    if (!signal.aborted) showTrouble(error);
  }
  clearTimeout(late);
  if (!signal.aborted) results.ariaBusy = null;
}

/**
 * @param {number} count
 * @param {AbortSignal} signal
 */
async function fetchPages(count, signal) {
  const pages = [await fetchPage(asked, PAGE, signal)];
  for (let next = pages[0]?.next_cursor; next && pages.length < count; next = pages.at(-1)?.next_cursor) pages.push(await fetchPage(asked, PAGE, signal, next));
  return pages;
}

/**
 * @param {ProductList[]} pages
 * @param {AbortSignal} signal
 */
function showPages(pages, signal) {
  const [first] = pages;
  if (!first) return;
  const cards = pages.flatMap((page) => page.items).map(productCard);
  for (const card of cards.slice(0, SEEN_AT_ONCE)) find('img', HTMLImageElement, card).loading = 'eager';
  results.replaceChildren(...cards);
  results.hidden = first.total === 0;
  nothing.hidden = first.total > 0;
  showFound(first);
  showFacets(first.facets, asked);
  showMore(pages.at(-1)?.next_cursor ?? null);
  if (first.total === 0) import('../nothing-found.js').then(({ helpOn }) => helpOn(nothing, asked, signal)).catch(() => {});
  else readSoon(() => showCardStock(cards));
}

/** @param {ProductList} page */
function showFound({ total, did_you_mean: repaired }) {
  const products = `${total} product${total === 1 ? '' : 's'}`;
  find('[data-found]', HTMLElement).textContent = products;
  find('[data-show]', HTMLElement).textContent = `Show ${products}`;
  find('[data-meant]', HTMLElement).hidden = !repaired;
  find('[data-typed]', HTMLElement).textContent = asked.get('q');
  find('[data-repaired]', HTMLElement).textContent = repaired;
}

/** @param {string | null} next */
function showMore(next) {
  cursor = next;
  more.hidden = cursor === null;
}

/** Hold the place of the results that are long in coming. */
function showSkeleton() {
  results.replaceChildren(...skeleton);
  results.hidden = false;
  nothing.hidden = true;
  showMore(null);
}

/** @param {unknown} error */
function showTrouble(error) {
  results.replaceChildren();
  nothing.hidden = true;
  showMore(null);
  find('[data-found]', HTMLElement).textContent = '';
  find('[data-meant]', HTMLElement).hidden = true;
  say(error);
}

/** @param {unknown} error */
function say(error) {
  find('[data-trouble-text]', HTMLElement).textContent = wordsFor(error);
  trouble.hidden = false;
}

/** What needs no answer: the heading, the title, what is chosen, where the links lead. */
function showAddress() {
  const query = asked.get('q') ?? '';
  const shelf = shelfName(asked.get('category') ?? '');
  document.title = query || shelf ? `${query || shelf} – ${TITLE}` : TITLE;
  heading.textContent = query ? `Results for “${query}”` : (shelf ?? 'Everything in the shop');
  showQuery(query);
  for (const link of findAll('[data-sort]')) {
    const { sort = '' } = link.dataset;
    link.setAttribute('href', addressOf(withChanges(asked, { sort })));
    link.ariaCurrent = sort === (asked.get('sort') ?? 'featured') ? 'true' : null;
  }
  find('[data-sort="featured"]', HTMLElement).textContent = query ? 'Best match' : 'Our order';
  check(asked);
  showChips();
}

/**
 * Put what is looked for into the box, unless the shopper is writing there.
 * @param {string} query
 */
function showQuery(query) {
  const box = find('#header-q', HTMLInputElement);
  if (box === document.activeElement) return;
  box.defaultValue = query;
  box.value = query;
}

/** What is chosen, to be taken away again; the keyboard goes to the next one. */
function showChips() {
  const filters = chosen(asked);
  const place = findAll('a', chips).indexOf(/** @type {HTMLElement} */ (document.activeElement));
  chips.hidden = filters.length === 0;
  find('[data-filter-count]', HTMLElement).textContent = filters.length ? ` (${filters.length})` : '';
  chips.replaceChildren(...filters.map(({ name, label, rest }) => chip(name, label, rest)), ...(filters.length > 1 ? [clearAll()] : []));
  if (place >= 0) (findAll('a', chips)[place] ?? findAll('a', chips).at(-1) ?? heading).focus({ preventScroll: true });
}

/**
 * @param {string} name
 * @param {string} label
 * @param {URLSearchParams} rest
 */
function chip(name, label, rest) {
  const one = /** @type {DocumentFragment} */ (find('#chip', HTMLTemplateElement).content.cloneNode(true));
  find('a', HTMLAnchorElement, one).href = addressOf(rest);
  find('[data-name]', HTMLElement, one).textContent = name;
  find('[data-label]', HTMLElement, one).textContent = label;
  return one;
}

function clearAll() {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.className = 'clear';
  link.href = addressOf(unfiltered(asked));
  link.textContent = 'Clear all';
  item.append(link);
  return item;
}

/** Load more: the keyboard goes on where the new cards begin. */
async function openMore() {
  const { signal } = latest;
  retry = openMore;
  trouble.hidden = true;
  more.disabled = true;
  try {
    const page = await fetchPage(asked, PAGE, signal, cursor ?? '');
    const cards = page.items.map(productCard);
    results.append(...cards);
    showMore(page.next_cursor);
    asked.set('pages', String(Number(asked.get('pages') ?? 1) + 1));
    history.replaceState(history.state, '', addressOf(asked));
    cards[0]?.querySelector('a')?.focus();
    readSoon(() => showCardStock(cards));
  } catch (error) {
    if (!signal.aborted) say(error);
  }
  more.disabled = false;
}

/**
 * Follow a link to another search without leaving the page, unless it is to open elsewhere.
 * @param {MouseEvent} event
 */
async function follow(event) {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link?.pathname !== location.pathname || link.origin !== location.origin || link.hash) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  await go(read(link.search));
  // The link may be gone, or hidden with what it was in.
  const { activeElement } = document;
  if (activeElement === document.body || (activeElement === link && !link.checkVisibility())) heading.focus({ preventScroll: true });
}

/**
 * Show the results of what was chosen on a phone, where the filters stand above them.
 * @param {SubmitEvent} event
 */
function closeFilters(event) {
  event.preventDefault();
  if (wide.matches) return;
  fold.open = false;
  status.focus();
  status.scrollIntoView();
}

const rememberScroll = () => history.replaceState({ ...history.state, scroll: scrollY }, '');

async function showAgain() {
  const { scroll = 0 } = history.state ?? {};
  await show();
  scrollTo(0, scroll);
}

history.scrollRestoration = 'manual';
if (addressOf(asked) !== location.pathname + location.search) history.replaceState(history.state, '', addressOf(asked));
fold.open = wide.matches;
wide.addEventListener('change', () => (fold.open = wide.matches));
form.addEventListener('change', () => go(fromForm(asked)));
form.addEventListener('submit', closeFilters);
find('main', HTMLElement).addEventListener('click', follow);
more.addEventListener('click', openMore);
find('[data-retry]', HTMLButtonElement).addEventListener('click', () => retry());
onReconnect(() => trouble.hidden || retry());
addEventListener('popstate', () => {
  const wanted = read(location.search);
  // A jump inside the page, such as the skip link's, is no other search.
  if (String(wanted) === String(asked)) return;
  asked = wanted;
  showAgain();
});
addEventListener('scrollend', rememberScroll);
addEventListener('pagehide', rememberScroll);

await showAgain();
