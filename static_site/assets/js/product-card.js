/**
 * Product cards from the API, in the markup that the published pages use.
 *
 *     list.append(...items.map(productCard));
 *
 * Clones `<template id="card">`, which the page's product_card macro wrote.
 */

/** @import { ProductSummary } from '../../types/api' */
import { find } from './dom.js';
import { format } from './money.js';

const template = find('#card', HTMLTemplateElement);

/**
 * @param {ProductSummary} product
 * @returns {HTMLElement}
 */
export function productCard(product) {
  const fragment = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const card = find('.card', HTMLElement, fragment);
  card.dataset.skus = product.skus.join(' ');
  const image = find('img', HTMLImageElement, card);
  image.src = product.image;
  image.alt = product.image_alt;
  const link = find('[data-name]', HTMLAnchorElement, card);
  link.href = `/products/${product.slug}`;
  link.textContent = product.name;
  find('[data-from]', HTMLElement, card).hidden = !product.price_varies;
  find('[data-price]', HTMLElement, card).textContent = format(product.price);
  return card;
}
