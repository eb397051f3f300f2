/**
 * What a search that found nothing offers instead: the filters that are in the way, and a few products that people like.
 *
 *     await helpOn(section, asked, signal);   // loaded only when nothing was found
 */

import { readSoon } from './api.js';
import { find } from './dom.js';
import { addressOf, chosen, fetchPage, unfiltered } from './filters.js';
import { productCard } from './product-card.js';
import { showCardStock } from './stock.js';

const MOST_TRIED = 5;
const FEATURED = 3;

/**
 * @param {HTMLElement} section
 * @param {URLSearchParams} asked
 * @param {AbortSignal} signal
 */
export async function helpOn(section, asked, signal) {
  const query = asked.get('q');
  const filters = chosen(asked);
  find('[data-nothing-words]', HTMLElement, section).textContent = wordsOf(query, filters.length);
  const ways = find('[data-ways]', HTMLElement, section);
  const featured = find('[data-featured]', HTMLElement, section);
  ways.replaceChildren();
  const [found, liked] = await Promise.all([waysOut(asked, filters, signal), fetchPage(new URLSearchParams(), FEATURED, signal)]);
  ways.replaceChildren(...found);
  const cards = liked.items.map(productCard);
  featured.replaceChildren(...cards);
  readSoon(() => showCardStock(cards));
}

/**
 * @param {string | null} query
 * @param {number} filters
 */
function wordsOf(query, filters) {
  if (!filters) return `Nothing in the shop fits “${query}”.`;
  return query ? `Nothing fits “${query}” with ${filters === 1 ? 'that filter' : 'those filters'}.` : 'Nothing fits all of those filters together.';
}

/**
 * Find out what taking one filter away, or all of them, would show; only what shows something is offered.
 * @param {URLSearchParams} asked
 * @param {ReturnType<typeof chosen>} filters
 * @param {AbortSignal} signal
 */
async function waysOut(asked, filters, signal) {
  const ways = filters.slice(0, MOST_TRIED).map(({ label, rest }) => ({ words: `Without “${label}”`, rest }));
  if (filters.length > 1) ways.push({ words: 'Without any filter', rest: unfiltered(asked) });
  const totals = await Promise.all(ways.map(({ rest }) => fetchPage(rest, 1, signal).then(({ total }) => total)));
  return ways.flatMap(({ words, rest }, index) => (totals[index] ? [wayOut(words, rest, totals[index])] : []));
}

/**
 * @param {string} words
 * @param {URLSearchParams} rest
 * @param {number} total
 */
function wayOut(words, rest, total) {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.className = 'more';
  link.href = addressOf(rest);
  link.textContent = `${words}: ${total} product${total === 1 ? '' : 's'}`;
  item.append(link);
  return item;
}
