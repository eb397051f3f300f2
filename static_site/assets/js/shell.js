/**
 * What is alive in every page's frame: the cart's count, the account link, the banner of a bad connection, and the
 * worker that keeps the catalogue.
 *
 *     import '../shell.js';
 */

import { call, isAnswering, keptSince, onConnectionChange, onReconnect } from './api.js';
import { count, onCartChange } from './cart.js';
import { find, findAll } from './dom.js';
import { isOn } from './recorder.js';
import { isSignedIn, onSessionChange } from './session.js';

const WORKER = '/service-worker.js';
const PROBE_MS = 10_000;
let probing = 0;

function showCount() {
  const badge = find('[data-cart-count]', HTMLElement);
  const things = count();
  badge.textContent = String(things);
  badge.hidden = things === 0;
}

function showAccount() {
  for (const link of findAll('a[data-account]')) {
    link.setAttribute('href', isSignedIn() ? '/account' : '/sign-in');
    find('[data-account-label]', HTMLElement, link).textContent = isSignedIn() ? 'Account' : 'Sign in';
  }
}

function showConnection() {
  find('[data-offline]', HTMLElement).textContent = `${stateOfConnection()} ${ageOfPage()}`.trim();
}

function stateOfConnection() {
  if (!navigator.onLine) return 'You are offline. You can look round and fill your cart; prices, stock and paying wait for the connection.';
  return isAnswering() ? '' : 'The shop’s server does not answer just now. You can go on looking round; buying will be back.';
}

/** Say of when the page is, where the worker had to bring out what it has kept. */
function ageOfPage() {
  if (!keptSince()) return '';
  const since = new Date(keptSince());
  const isToday = since.toDateString() === new Date().toDateString();
  const time = since.toLocaleString(document.documentElement.lang, { ...(!isToday && { dateStyle: 'medium' }), timeStyle: 'short' });
  return `This page is as of ${time}.${navigator.onLine && isAnswering() ? ' Reload it to see it as of now.' : ''}`;
}

/** Find out whether the API answers again, now and then, until it does. */
function watch() {
  clearTimeout(probing);
  if (!isAnswering()) probing = setTimeout(probe, PROBE_MS * (0.5 + Math.random()));
}

async function probe() {
  if (navigator.onLine && !document.hidden) await call('GET', '/health').catch(() => {});
  watch();
}

/** Have the worker keep the catalogue, once the page has all that it needs. */
function register() {
  const policy = globalThis.trustedTypes?.createPolicy('service-worker', { createScriptURL: () => WORKER });
  (globalThis.requestIdleCallback ?? setTimeout)(() => navigator.serviceWorker.register(policy?.createScriptURL('') ?? WORKER).catch(() => {}));
}

/**
 * Bring this browser's cart and the account's together. Nothing is loaded for a guest; never rejects.
 * @param {boolean} [pull] take over what changed on other devices, too
 */
export async function shareCart(pull) {
  if (isSignedIn()) await import('./cart-sync.js').then(({ share }) => share(pull), () => {});
}

/** The search box suggests while one types. What that takes is loaded when it is first looked at. */
function offerSuggestions() {
  const box = document.querySelector('#header-q');
  if (!(box instanceof HTMLInputElement)) return;
  box.role = 'combobox';
  box.ariaExpanded = 'false';
  const load = () => import('./suggest.js').catch(() => {});
  if (box === document.activeElement) load();
  else box.addEventListener('focus', load, { once: true });
}

offerSuggestions();
onCartChange(showCount);
onConnectionChange(() => {
  showConnection();
  watch();
});
onReconnect(shareCart);
onSessionChange(showAccount);
addEventListener('online', () => {
  showConnection();
  probe();
});
addEventListener('offline', showConnection);
// A page that comes back from the back-forward cache has missed what happened meanwhile.
addEventListener('pageshow', () => {
  showCount();
  showAccount();
});
// Not at the checkout, which loads nothing that it does not need; nor again where the worker is at work.
if (location.pathname !== '/checkout' && navigator.serviceWorker?.controller === null) addEventListener('load', register);
showConnection();
shareCart();

// --- From a card to its product and back: the one picture grows into the other

/**
 * While the pages change, the card that leads to an address has its plate carry the name of the product's.
 * @param {ViewTransition | null} change
 * @param {string | null | undefined} address
 */
async function carryPlate(change, address) {
  // The browser gives a change up when the next page asks for none, or comes too late.
  for (const stage of [change?.ready, change?.finished, change?.updateCallbackDone]) stage?.catch(() => {});
  const link = change && findAll('.card a').find((one) => /** @type {HTMLAnchorElement} */ (one).href === address?.split('?')[0]);
  if (!link) return;
  const named = [...findAll('.product > .plate').map((plate) => ({ plate, name: 'none' })), ...findAll('.plate', link.closest('.card') ?? link).map((plate) => ({ plate, name: 'plate' }))];
  for (const { plate, name } of named) plate.style.setProperty('view-transition-name', name);
  await change.finished.catch(() => {});
  for (const { plate } of named) plate.style.removeProperty('view-transition-name');
}

addEventListener('pageswap', ({ viewTransition, activation }) => carryPlate(viewTransition, activation?.entry?.url));
addEventListener('pagereveal', ({ viewTransition }) => carryPlate(viewTransition, globalThis.navigation?.activation?.from?.url));

// --- The kitchen view

/** @param {string} [what] `tour` begins the guided one */
async function openKitchen(what) {
  const kitchen = await import('./kitchen/panel.js').catch(() => null);
  if (kitchen) kitchen.open(what);
  else for (const label of findAll('[data-kitchen-label]')) label.textContent = 'Did not load';
}

/** @param {KeyboardEvent} event */
function heedKey({ key, ctrlKey, metaKey, altKey, target }) {
  const typing = target instanceof Element && target.closest('input, select, textarea');
  if (key === '?' && !(ctrlKey || metaKey || altKey || typing) && localStorage.getItem('kitchen-key') !== 'off') openKitchen();
}

if (isOn) {
  for (const button of findAll('[data-kitchen]')) {
    button.hidden = false;
    button.addEventListener('click', () => openKitchen(button.dataset.kitchen));
  }
  addEventListener('keydown', heedKey);
  if (sessionStorage.getItem('kitchen-open')) openKitchen('again');
}
