/**
 * The cart of this browser, in localStorage.
 *
 *     add({ sku, name, slug, image, price }, 2);
 *     onCartChange(() => show(lines()));
 *
 * A line remembers what it cost when it was added; what it costs now, only a quote says.
 * `onCartChange` hears of every change, other tabs' included. What the browser kept is checked when it is
 * read, and whatever is no line is left out.
 */

/** @import { Money } from '../../types/api' */

/**
 * @typedef {object} Item what a line remembers of a variant
 * @property {string} sku
 * @property {string} name
 * @property {string} slug
 * @property {string} image
 * @property {Money} price
 */
/** @typedef {Item & { quantity: number }} CartLine */

const KEY = 'cart';
const PROMO = 'promo-code';
const MOST_UNITS = 9_999;
const changes = new EventTarget();

/** @returns {CartLine[]} */
export function lines() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isLine) : [];
  } catch {
    return [];
  }
}

/** @param {any} kept */
function isLine(kept) {
  const words = [kept?.sku, kept?.name, kept?.slug, kept?.image];
  if (!words.every((word) => typeof word === 'string' && word !== '')) return false;
  const { quantity, price } = kept;
  return isWhole(quantity) && quantity >= 1 && quantity <= MOST_UNITS && isWhole(price?.amount) && /^[A-Z]{3}$/.test(price.currency);
}

/** @param {unknown} number */
const isWhole = (number) => Number.isSafeInteger(number);

/** How many things lie in the cart. */
export const count = () => lines().reduce((sum, line) => sum + line.quantity, 0);

/** @param {() => void} listener */
export function onCartChange(listener) {
  changes.addEventListener('change', listener);
  addEventListener('storage', (event) => event.key === KEY && listener());
}

/**
 * Put more of an item into the cart.
 * @param {Item} item
 * @param {number} quantity
 */
export function add(item, quantity) {
  const before = lines().find((line) => line.sku === item.sku)?.quantity ?? 0;
  const line = { ...item, quantity: before + quantity };
  save(before ? lines().map((one) => (one.sku === item.sku ? line : one)) : [...lines(), line]);
}

/**
 * @param {string} sku
 * @param {number} quantity
 */
export const setQuantity = (sku, quantity) => save(lines().map((line) => (line.sku === sku ? { ...line, quantity } : line)));

/**
 * Take skus out of the cart.
 * @param {string[]} skus
 */
export const remove = (...skus) => save(lines().filter((line) => !skus.includes(line.sku)));

/**
 * Take out what was bought; what was added in the meantime stays.
 * @param {{ sku: string, quantity: number }[]} bought
 */
export function take(bought) {
  const units = new Map(bought.map(({ sku, quantity }) => [sku, quantity]));
  const left = lines().map((line) => ({ ...line, quantity: line.quantity - (units.get(line.sku) ?? 0) }));
  save(left.filter(({ quantity }) => quantity > 0));
}

/**
 * Put a removed line back where it was.
 * @param {CartLine} line
 * @param {number} index
 */
export const restore = (line, index) => save(lines().toSpliced(index, 0, line));

/**
 * Remember the prices that a quote just showed.
 * @param {{ sku: string, unit_price: Money }[]} quoted
 */
export function rememberPrices(quoted) {
  const prices = new Map(quoted.map((line) => [line.sku, line.unit_price]));
  const updated = lines().map((line) => ({ ...line, price: prices.get(line.sku) ?? line.price }));
  localStorage.setItem(KEY, JSON.stringify(updated));
}

/**
 * Put other lines in the place of all.
 * @param {CartLine[]} updated
 */
export function save(updated) {
  localStorage.setItem(KEY, JSON.stringify(updated));
  changes.dispatchEvent(new Event('change'));
}

/** The promo code that was tried in this tab, which goes along from the cart to the checkout. */
export const promoCode = () => sessionStorage.getItem(PROMO) ?? '';

/** @param {string} code nothing forgets it */
export const setPromoCode = (code) => (code ? sessionStorage.setItem(PROMO, code) : sessionStorage.removeItem(PROMO));
