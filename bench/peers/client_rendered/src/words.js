/** Money and stock in words. */

import shop from 'shop';

/** Holds a line's height until its words are known. */
export const NO_BREAK_SPACE = '\u00A0';

export function format({ amount, currency }) {
  return new Intl.NumberFormat(shop.locale, { style: 'currency', currency }).format(amount / 100);
}

/** Money in running text. */
export const plain = (amount) => format({ amount, currency: shop.currency }).replace('.00', '');

export function stockText(availability) {
  if (!availability) return '';
  if (availability.state === 'sold_out') return 'Sold out';
  return availability.state === 'low' ? `Only ${availability.available} left` : 'In stock';
}

/** A product's card says the best of its variants. */
export function together(variants) {
  return variants.find((one) => one.state === 'in_stock') ?? variants.find((one) => one.state === 'low') ?? variants[0];
}
