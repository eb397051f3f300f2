/**
 * A product's page: choose a variant, see its price and stock, add it to the cart or buy it now.
 *
 * The page is complete without the API; only live stock comes from there. `?sku=` chooses a variant.
 */

/** @import { Variant } from '../../../types/api' */
/** @import { Stock } from '../stock.js' */
import '../shell.js';
import { readSoon } from '../api.js';
import { add, count, lines } from '../cart.js';
import { find, findAll } from '../dom.js';
import { format } from '../money.js';
import { mostOf, showCardStock, showStock } from '../stock.js';

/** @type {Variant[]} */
const variants = JSON.parse(find('#variants', HTMLScriptElement).text);
const form = find('.buy form', HTMLFormElement);
const quantity = find('#quantity', HTMLSelectElement);
const addButton = find('[data-add]', HTMLButtonElement);
const buyButton = find('[data-buy]', HTMLButtonElement);
const said = find('[data-added]', HTMLElement);
/** @type {HTMLInputElement[]} */
const radios = findAll('.options input', form).filter((one) => one instanceof HTMLInputElement);
const { name = '', slug = '' } = form.dataset;

/** @type {Stock} */
let stock = new Map();
let chosen = variants.find((one) => one.sku === new URLSearchParams(location.search).get('sku')) ?? variants[0];

/** @param {Variant} variant */
const nameOf = (variant) => [name, ...Object.values(variant.options)].join(', ');

/**
 * Find the variant nearest to what is chosen that has `value` on `axis`: not every mix is made.
 * @param {string} axis
 * @param {string} value
 */
function nearest(axis, value) {
  const wanted = { ...chosen?.options, [axis]: value };
  /** @param {Variant} one */
  const likeness = (one) => Object.entries(wanted).filter(([key, word]) => one.options[key] === word).length;
  return variants.filter((one) => one.options[axis] === value).sort((a, b) => likeness(b) - likeness(a))[0];
}

/** @param {Variant} variant */
function choose(variant) {
  chosen = variant;
  history.replaceState(null, '', `?sku=${variant.sku}`);
  show();
}

/** Bring the page in line with the chosen variant. */
function show() {
  if (!chosen) return;
  for (const radio of radios) radio.checked = chosen.options[radio.name] === radio.value;
  find('.buy [data-price]', HTMLElement).textContent = format(chosen.price);
  const picture = find('[data-picture]', HTMLImageElement);
  if (picture.getAttribute('src') !== chosen.image) picture.src = chosen.image;
  showDelivery(chosen);
  showChosenStock(chosen);
  for (const radio of radios) showSoldOut(radio);
}

/** @param {Variant} variant */
function showDelivery({ price }) {
  const free = price.amount >= Number.parseInt(form.dataset.freeFrom ?? '', 10);
  for (const words of findAll('[data-delivery]', form)) words.hidden = (words.dataset.delivery === 'free') !== free;
}

/** @param {Variant} variant */
function showChosenStock(variant) {
  const availability = stock.get(variant.sku);
  const soldOut = availability?.state === 'sold_out';
  showStock(find('.buy [data-stock]', HTMLElement), availability);
  addButton.textContent = soldOut ? 'Sold out' : 'Add to cart';
  addButton.disabled = soldOut;
  buyButton.hidden = soldOut;
  const most = mostOf(availability);
  for (const option of quantity.options) option.disabled = Number(option.value) > most;
  if (!soldOut && quantity.selectedOptions[0]?.disabled) quantity.value = String(most);
}

/** @param {HTMLInputElement} radio */
function showSoldOut(radio) {
  const variant = nearest(radio.name, radio.value);
  const soldOut = variant !== undefined && stock.get(variant.sku)?.state === 'sold_out';
  const label = find('[data-sold-out]', HTMLElement, radio.parentElement ?? form);
  label.textContent = soldOut ? ', sold out' : '';
  radio.parentElement?.classList.toggle('gone', soldOut);
}

/** Confirm what went into the cart, and where the cart stands; focus stays on the button. */
function confirmAdded() {
  if (!chosen) return;
  const amount = Number(quantity.value);
  add({ sku: chosen.sku, name: nameOf(chosen), slug, image: chosen.image, price: chosen.price }, amount);
  const { currency } = chosen.price;
  const subtotal = lines().reduce((sum, line) => sum + line.price.amount * line.quantity, 0);
  const link = document.createElement('a');
  link.href = '/cart';
  link.textContent = 'Go to the cart';
  const things = count();
  said.replaceChildren(`Added ${amount} × ${nameOf(chosen)}. ${things} ${things === 1 ? 'thing' : 'things'} in the cart, ${format({ amount: subtotal, currency })}. ${tooMany(chosen)}`, link);
}

/** Say so where the cart holds more than there are, for the shopper to choose what to do. @param {Variant} variant */
function tooMany({ sku }) {
  const { state, available = 0 } = stock.get(sku) ?? {};
  const held = lines().find((line) => line.sku === sku)?.quantity ?? 0;
  return state === 'low' && held > available ? `Your cart holds ${held} of these, and only ${available} are left. ` : '';
}

for (const radio of radios) {
  radio.addEventListener('change', () => {
    const variant = nearest(radio.name, radio.value);
    if (variant) choose(variant);
  });
}
form.addEventListener('submit', (event) => {
  event.preventDefault();
  confirmAdded();
});
buyButton.addEventListener('click', () => location.assign(`/checkout?sku=${chosen?.sku}&quantity=${quantity.value}`));

/** Show what else was looked at, and remember this. */
async function followTrail() {
  const { remember, showSeen } = await import('../recently-seen.js');
  showSeen(slug);
  remember({ slug, name, image: form.dataset.image ?? '' });
}

show();
await readSoon(async () => {
  stock = await showCardStock(undefined, variants.map((one) => one.sku));
  show();
});
await followTrail().catch(() => {});
