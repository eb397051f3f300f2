/**
 * Money and dates, in the words of the page's language.
 *
 *     format({ amount: 4800, currency: 'GBP' })   // "£48.00"
 */

/** @import { Money } from '../../types/api' */

const LOCALE = document.documentElement.lang;

/**
 * @param {Money} money an amount in minor units
 * @param {Intl.NumberFormatOptions} [options] how else to write it
 */
export function format({ amount, currency }, options) {
  const formatter = new Intl.NumberFormat(LOCALE, { style: 'currency', currency, ...options });
  return formatter.format(amount / 10 ** (formatter.resolvedOptions().maximumFractionDigits ?? 2));
}

/** @param {string} iso a time, ISO 8601 */
export const formatDate = (iso) => new Intl.DateTimeFormat(LOCALE, { dateStyle: 'long' }).format(new Date(iso));

/** @param {string} iso a time, ISO 8601 */
export const formatTime = (iso) => new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
