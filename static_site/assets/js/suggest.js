/**
 * Suggestions in the header's search box: an editable combobox with a list (WAI-ARIA Authoring Practices), from which
 * nothing is taken unless the shopper takes it.
 *
 *     import('./suggest.js');   // when the box is first focused
 *
 * Without an answer there are no suggestions, and the form searches as ever.
 */

/** @import { Suggestion } from '../../types/api' */
import { call } from './api.js';
import { find, findAll } from './dom.js';
import { format } from './money.js';

const PAUSE_MS = 120;
const input = find('#header-q', HTMLInputElement);
const list = element('div', { id: 'suggestions', role: 'listbox', ariaLabel: 'Suggestions', className: 'suggestions', hidden: true });
const news = element('p', { role: 'status', className: 'hide' });
const styled = loadStyles();

let latest = new AbortController();
let pause = 0;
/** Which option the arrow keys have reached; -1 is the box itself. */
let active = -1;

/** @type {Record<string, (event: KeyboardEvent) => boolean | void>} what a key does; true where the browser shall do nothing more */
const KEYS = {
  ArrowDown: ({ altKey }) => (altKey ? open() : move(1)),
  ArrowUp: ({ altKey }) => (altKey ? close() : move(-1)),
  ArrowLeft: () => activate(-1),
  ArrowRight: () => activate(-1),
  Home: () => activate(-1),
  End: () => activate(-1),
  Enter: follow,
  Escape: escape,
};

const options = () => findAll('[role="option"]', list);

/** Ask for suggestions for what is typed now; an earlier question is abandoned. */
async function ask() {
  latest.abort();
  latest = new AbortController();
  const { signal } = latest;
  const words = input.value.trim();
  if (!words) return;
  try {
    const { items } = await call('GET', `/suggestions?${new URLSearchParams({ q: words })}`, { signal });
    await styled;
    if (!signal.aborted) show(words, items);
  } catch {
    // Nobody misses a suggestion.
  }
}

/**
 * @param {string} words
 * @param {Suggestion[]} suggestions
 */
function show(words, suggestions) {
  list.replaceChildren(...suggestions.map(suggestion), searchFor(words));
  for (const [index, option] of options().entries()) option.id = `suggestion-${index}`;
  news.textContent = suggestions.length ? `${suggestions.length} suggestion${suggestions.length === 1 ? '' : 's'}` : 'No suggestions';
  active = -1;
  if (suggestions.length) open();
  else close();
}

/** @param {Suggestion} suggestion */
function suggestion({ kind, name, address, price, image }) {
  const option = link(address);
  const picture = element('span', { className: 'plate' });
  if (image) picture.append(element('img', { src: image, alt: '', width: 400, height: 500 }));
  const note = element('span', { className: 'hint', textContent: kind === 'category' ? 'Shelf' : price ? format(price) : '' });
  option.append(picture, element('span', { textContent: name }), note);
  return option;
}

/** @param {string} words */
function searchFor(words) {
  const option = link(`/search?${new URLSearchParams({ q: words })}`);
  option.classList.add('all');
  option.textContent = `Search for “${words}”`;
  return option;
}

/** An option that is a link, so that it opens in a new tab as links do. @param {string} address */
const link = (address) => element('a', { role: 'option', href: address, tabIndex: -1, ariaSelected: 'false' });

function open() {
  if (!options().length) return false;
  list.hidden = false;
  input.ariaExpanded = 'true';
  return true;
}

function close() {
  activate(-1);
  list.hidden = true;
  input.ariaExpanded = 'false';
  return true;
}

/** Forget what was suggested, and what is being asked. */
function forget() {
  clearTimeout(pause);
  latest.abort();
  close();
  list.replaceChildren();
}

/**
 * Go through the options and the box in a circle; where the list is closed, the first step opens it.
 * @param {number} step
 */
function move(step) {
  if (!open()) return void ask();
  const places = options().length + 1;
  activate(((active + step + 1 + places) % places) - 1);
  return true;
}

/** @param {number} index */
function activate(index) {
  active = index;
  for (const [place, option] of options().entries()) option.ariaSelected = String(place === index);
  const option = options()[index];
  if (option) input.setAttribute('aria-activedescendant', option.id);
  else input.removeAttribute('aria-activedescendant');
  option?.scrollIntoView({ block: 'nearest' });
}

/** Go where the active option leads; without one, the form searches. */
function follow() {
  const option = options()[active];
  option?.click();
  return Boolean(option);
}

/** The first Escape closes the list; the next empties the box, as browsers do. */
function escape() {
  return !list.hidden && close();
}

/** Resolves when the list can be shown; a style sheet that does not come leaves it without looks. */
function loadStyles() {
  const sheet = element('link', { rel: 'stylesheet', href: '/assets/css/suggest.css' });
  const loaded = new Promise((resolve) => {
    sheet.onload = resolve;
    sheet.onerror = resolve;
  });
  document.head.append(sheet);
  return loaded;
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} properties
 */
function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

input.setAttribute('aria-autocomplete', 'list');
input.setAttribute('aria-controls', list.id);
input.form?.append(list, news);
input.addEventListener('input', () => {
  clearTimeout(pause);
  latest.abort();
  activate(-1);
  if (input.value.trim()) pause = setTimeout(ask, PAUSE_MS);
  else forget();
});
input.addEventListener('keydown', (event) => {
  if (!event.isComposing && KEYS[event.key]?.(event)) event.preventDefault();
});
// Pressing an option must not take the keyboard from the box, which would close the list under the finger.
list.addEventListener('mousedown', (event) => event.preventDefault());
input.addEventListener('blur', forget);
addEventListener('pagehide', forget);

// What was typed before this module was here.
if (input.value !== input.defaultValue) ask();
