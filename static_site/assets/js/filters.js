/**
 * A search's filters: what an address asks for, the form that chooses them, the names they go by.
 *
 *     const asked = read(location.search);          // a clean URLSearchParams: the whole state of a search
 *     showFacets(page.facets, asked);
 *     for (const { label, rest } of chosen(asked))  // "Stoneware", and the search without it
 */

/** @import { FacetValue, ProductList } from '../../types/api' */
import { call } from './api.js';
import { find, findAll } from './dom.js';
import { format } from './money.js';

const LONGEST_QUERY = 200;
const MOST_ATTRIBUTES = 20;
const MOST_PAGES = 99;
/** Groups after this many start closed. Lists that are long are folded by the style sheet, after six choices. */
const GROUPS_OPEN = 5;
const CHOICES_SHOWN = 6;

const FILTERS = ['category', 'attribute', 'min_price', 'max_price', 'availability'];
const form = find('[data-filters]', HTMLFormElement);
const groups = find('[data-groups]', HTMLElement, form);

/** What stands above a group, and what its first choice, which chooses nothing, is called where there can be but one. */
const TITLES = new Map([['category', 'Shelf'], ['price', 'Price'], ['availability', 'Stock']]);
const ANY = new Map([['category', 'All shelves'], ['price', 'Any price']]);

/** @param {string} value */
const isAmount = (value) => /^\d{1,9}$/.test(value);

/** @type {Record<string, (value: string) => boolean>} what each parameter may say, in the address's order */
const VALID = {
  q: Boolean,
  category: (value) => Boolean(shelfName(value)),
  attribute: (value) => /^[^:]+:./.test(value),
  min_price: isAmount,
  max_price: isAmount,
  availability: (value) => value === 'in_stock',
  sort: (value) => value !== 'featured' && findAll('[data-sort]').some((link) => link.dataset.sort === value),
  pages: (value) => Number(value) > 1 && Number(value) <= MOST_PAGES && Number.isInteger(Number(value)),
};

/**
 * Read an address's query, without what the shop does not have.
 * @param {string | URLSearchParams} search
 */
export function read(search) {
  const given = new URLSearchParams(search);
  const asked = new URLSearchParams();
  for (const [name, valid] of Object.entries(VALID)) {
    const values = given.getAll(name).map((value) => value.trim().slice(0, LONGEST_QUERY)).filter(valid);
    const most = name === 'attribute' ? MOST_ATTRIBUTES : 1;
    for (const value of [...new Set(values)].slice(0, most)) asked.append(name, value);
  }
  return asked;
}

/** @param {URLSearchParams} asked */
export const addressOf = (asked) => `/search${asked.size ? `?${asked}` : ''}`;

/**
 * Fetch what a search finds, a page of it.
 * @param {URLSearchParams} asked
 * @param {number} limit
 * @param {AbortSignal} signal
 * @param {string} [after] the cursor that the page before gave
 * @returns {Promise<ProductList>}
 */
export function fetchPage(asked, limit, signal, after) {
  const query = new URLSearchParams(asked);
  query.delete('pages');
  query.set('limit', String(limit));
  if (after) query.set('cursor', after);
  return call('GET', `/products?${query}`, { signal });
}

/**
 * Return a search with some parameters changed; it begins at its first page. An empty value takes a parameter out.
 * @param {URLSearchParams} asked
 * @param {Record<string, string>} changes
 */
export function withChanges(asked, changes) {
  const wanted = new URLSearchParams(asked);
  for (const [name, value] of Object.entries({ ...changes, pages: '' })) wanted.set(name, value);
  return read(wanted);
}

/** A search without its filters. @param {URLSearchParams} asked */
export const unfiltered = (asked) => withChanges(asked, Object.fromEntries(FILTERS.map((name) => [name, ''])));

/**
 * Return a search narrowed to what the form's boxes say now.
 * @param {URLSearchParams} asked
 */
export function fromForm(asked) {
  const data = new FormData(form);
  const wanted = withChanges(asked, { category: '', attribute: '', availability: '' });
  for (const name of ['category', 'attribute', 'availability']) for (const value of data.getAll(name)) wanted.append(name, String(value));
  // None of the ranges is checked where the address names one of its own: that one stays.
  const range = data.get('price');
  if (range === null) return read(wanted);
  const [min = '', max = ''] = String(range).split('-');
  return withChanges(wanted, { min_price: min, max_price: max });
}

/** @typedef {{ name: string, label: string, rest: URLSearchParams }} Chosen a filter, and the search without it */

/**
 * Return the filters of a search, as its chips name them.
 * @param {URLSearchParams} asked
 * @returns {Chosen[]}
 */
export function chosen(asked) {
  const category = asked.get('category');
  return [
    ...(category ? [{ name: 'Shelf', label: shelfName(category) ?? category, rest: withChanges(asked, { category: '' }) }] : []),
    ...(rangeOf(asked) ? [{ name: 'Price', label: rangeName(asked), rest: withChanges(asked, { min_price: '', max_price: '' }) }] : []),
    ...asked.getAll('attribute').map((value) => ({ name: kindOf(value), label: value.slice(kindOf(value).length + 1), rest: without(asked, value) })),
    ...(asked.has('availability') ? [{ name: 'Stock', label: 'In stock', rest: withChanges(asked, { availability: '' }) }] : []),
  ];
}

/**
 * Name a shelf, as the page's header does.
 * @param {string} slug
 */
export const shelfName = (slug) => findAll('.shelves a').find((link) => link.getAttribute('href') === `/categories/${slug}`)?.textContent ?? undefined;

/** The name in "Material:Stoneware". @param {string} attribute */
const kindOf = (attribute) => attribute.slice(0, attribute.indexOf(':'));

/**
 * @param {URLSearchParams} asked
 * @param {string} attribute
 */
function without(asked, attribute) {
  const rest = withChanges(asked, {});
  rest.delete('attribute', attribute);
  return rest;
}

/** A search's prices as a facet writes them: "2500-4999". @param {URLSearchParams} asked */
const rangeOf = (asked) => (asked.has('min_price') || asked.has('max_price') ? `${asked.get('min_price') ?? '0'}-${asked.get('max_price') ?? ''}` : '');

/** @param {URLSearchParams} asked */
function rangeName(asked) {
  const currency = form.dataset.currency ?? '';
  /** @param {number} amount */
  const money = (amount) => format({ amount, currency }, { trailingZeroDisplay: 'stripIfInteger' });
  const min = Number(asked.get('min_price'));
  const max = asked.get('max_price');
  if (max === null) return `${money(min)} and more`;
  return min ? `${money(min)} to ${money(Number(max))}` : `Under ${money(Number(max) + 1)}`;
}

/**
 * Offer what the answer says that a search can be narrowed to.
 * @param {Record<string, FacetValue[]>} facets
 * @param {URLSearchParams} asked
 */
export function showFacets(facets, asked) {
  const offered = Object.entries({ category: [], price: [], availability: [], ...facets }).filter(([, values]) => values.length);
  const focused = document.activeElement;
  const shown = keep(groups, offered.map(([name]) => name), newGroup);
  for (const [index, [name, values]] of offered.entries()) showChoices(/** @type {HTMLElement} */ (shown[index]), name, values);
  check(asked);
  // What moved within the document has lost the keyboard.
  if (focused instanceof HTMLElement && form.contains(focused)) focused.focus({ preventScroll: true });
  form.hidden = !chosen(asked).length && offered.every(([, values]) => values.every(({ count }) => count === 0));
}

/**
 * @param {HTMLElement} group
 * @param {string} name
 * @param {FacetValue[]} values
 */
function showChoices(group, name, values) {
  const any = ANY.get(name);
  const choices = any ? [{ value: '', name: any, count: NaN }, ...values] : values;
  const list = find('[data-choices]', HTMLElement, group);
  const nodes = keep(list, choices.map(({ value }) => value), (value) => newChoice(name, value));
  for (const [index, { name: label, count }] of choices.entries()) {
    const node = /** @type {HTMLElement} */ (nodes[index]);
    find('[data-choice]', HTMLElement, node).textContent = label;
    find('[data-count]', HTMLElement, node).textContent = Number.isNaN(count) ? '' : String(count);
    node.classList.toggle('none', count === 0);
  }
}

/**
 * Check the form's boxes as a search has them.
 * @param {URLSearchParams} asked
 */
export function check(asked) {
  for (const box of form.querySelectorAll('input')) {
    const values = box.name === 'price' ? [rangeOf(asked)] : asked.getAll(box.name);
    box.checked = values.includes(box.value) || (box.value === '' && values.length === 0);
  }
}

/**
 * Give a list a child for each key, in order, keeping the children that it has.
 * @param {HTMLElement} list
 * @param {string[]} keys
 * @param {(key: string, index: number) => HTMLElement} make
 */
function keep(list, keys, make) {
  const there = new Map(findAll(':scope > *', list).map((node) => [node.dataset.key, node]));
  const nodes = keys.map((key, index) => {
    const node = there.get(key) ?? make(key, index);
    node.dataset.key = key;
    return node;
  });
  if (nodes.length !== list.children.length || nodes.some((node, index) => node !== list.children[index])) list.replaceChildren(...nodes);
  return nodes;
}

/**
 * @param {string} name
 * @param {number} index
 */
function newGroup(name, index) {
  const group = cloned('#facet');
  const title = TITLES.get(name) ?? name;
  group.toggleAttribute('open', index < GROUPS_OPEN);
  for (const place of findAll('[data-title]', group)) place.textContent = title;
  find('[data-all]', HTMLElement, group).addEventListener('click', () => {
    group.classList.add('whole');
    findAll('input', group)[CHOICES_SHOWN]?.focus();
  });
  return group;
}

/**
 * @param {string} name
 * @param {string} value
 */
function newChoice(name, value) {
  const choice = cloned('#choice');
  const box = find('input', HTMLInputElement, choice);
  box.type = ANY.has(name) ? 'radio' : 'checkbox';
  box.name = TITLES.has(name) ? name : 'attribute';
  box.value = TITLES.has(name) ? value : `${name}:${value}`;
  return choice;
}

/**
 * Return a copy of the one element in a template.
 * @param {string} selector
 */
function cloned(selector) {
  const { firstElementChild } = find(selector, HTMLTemplateElement).content;
  return /** @type {HTMLElement} */ (firstElementChild?.cloneNode(true));
}
