/**
 * Live stock, asked once a page (the API takes 100 skus a call).
 *
 *     const stock = await showCardStock();      // fills [data-stock] of every card
 *     stockText(stock.get('TEAPOT-SAGE'))       // "Only 3 left"
 *
 * Without an answer nothing is shown, and nothing is disabled: checkout will say.
 */

/** @import { Availability, AvailabilityList } from '../../types/api' */
import { call } from './api.js';
import { find, findAll } from './dom.js';
import { note } from './recorder.js';

const MAX_SKUS = 100;

/** @typedef {Map<string, Availability>} Stock */

/**
 * Ask for the stock of cards, and of more skus, show it on the cards, and return it.
 * @param {HTMLElement[]} [cards] all of the page's, unless told
 * @param {string[]} [skus]
 * @returns {Promise<Stock>}
 */
export async function showCardStock(cards = findAll('.card[data-skus]'), skus = []) {
  const stock = await stockOf([...new Set([...skus, ...cards.flatMap(skusOf)])]);
  for (const card of cards) {
    const line = find('[data-stock]', HTMLElement, card);
    showStock(line, together(skusOf(card).flatMap((sku) => stock.get(sku) ?? [])));
  }
  note(`Showed how much is left of ${stock.size} things`);
  return stock;
}

/**
 * Write stock into its line.
 * @param {HTMLElement} line
 * @param {Availability | undefined} availability
 */
export function showStock(line, availability) {
  line.textContent = stockText(availability);
  line.dataset.stock = availability?.state ?? '';
}

/** @param {Availability | undefined} availability */
export function stockText(availability) {
  if (!availability) return '';
  if (availability.state === 'sold_out') return 'Sold out';
  return availability.state === 'low' ? `Only ${availability.available} left` : 'In stock';
}

/**
 * How many can be bought, as far as we tell: any number unless few are left.
 * @param {Availability | undefined} availability
 */
export function mostOf(availability) {
  if (!availability || availability.state === 'in_stock') return Infinity;
  return availability.available;
}

/** @param {HTMLElement} card */
const skusOf = (card) => (card.dataset.skus ?? '').split(' ').filter(Boolean);

/**
 * Ask for the stock of skus.
 * @param {string[]} skus
 * @returns {Promise<Stock>}
 */
export async function stockOf(skus) {
  const calls = [];
  for (let start = 0; start < skus.length; start += MAX_SKUS) calls.push(ask(skus.slice(start, start + MAX_SKUS)));
  const answers = await Promise.all(calls);
  return new Map(answers.flatMap(({ items }) => items).map((one) => [one.sku, one]));
}

/**
 * @param {string[]} skus
 * @returns {Promise<AvailabilityList>}
 */
const ask = (skus) => call('GET', `/availability?${new URLSearchParams(skus.map((sku) => ['sku', sku]))}`);

/**
 * Sum up a product's variants: its card says the best of them.
 * @param {Availability[]} variants
 * @returns {Availability | undefined}
 */
function together(variants) {
  const plenty = variants.find((one) => one.state === 'in_stock');
  if (plenty ?? variants.length < 2) return plenty ?? variants[0];
  const available = variants.reduce((sum, one) => sum + one.available, 0);
  return { sku: '', available, state: available ? 'low' : 'sold_out' };
}
