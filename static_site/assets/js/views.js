/**
 * Pieces that cart, checkout, confirmation and account render alike, for lit-html.
 *
 *     render(totals(quote), aside);
 */

/** @import { Money, Order, OrderLine, QuoteLine } from '../../types/api' */
import { html, nothing } from '../vendor/lit-html.js';
import { format } from './money.js';

/** What an order's status means to its shopper. */
export const STATUS = {
  pending_payment: 'Payment being confirmed',
  paid: 'Paid',
  payment_failed: 'Payment declined',
  expired: 'Expired, nothing charged',
  cancelled: 'Cancelled',
  shipped: 'On its way',
  refunding: 'Refund under way',
  refunded: 'Refunded',
};

/** @param {Money} price of a delivery */
export const priceOrFree = (price) => (price.amount ? format(price) : 'Free');

/**
 * The lines of a quote or an order, to be read.
 * @param {(QuoteLine | OrderLine)[]} lines
 */
export const lineList = (lines) => html`
  <ul class="lines small">
    ${lines.map(
      (line) => html`
        <li>
          <div class="plate"><img src=${line.image} alt="" width="400" height="500" /></div>
          <p><a href="/products/${line.slug}?sku=${line.sku}">${line.name}</a><span class="hint">${line.quantity} × ${format(line.unit_price)}</span></p>
          <p class="price">${format(line.line_total)}</p>
        </li>
      `,
    )}
  </ul>
`;

/**
 * What it comes to.
 * @param {{ subtotal: Money, delivery: Money, discount: Money, tax: Money, total: Money }} sums
 */
export const totals = (sums) => html`
  <dl class="totals">
    <div><dt>Subtotal</dt><dd class="price">${format(sums.subtotal)}</dd></div>
    ${sums.discount.amount ? html`<div><dt>Discount</dt><dd class="price">−${format(sums.discount)}</dd></div>` : nothing}
    <div><dt>Delivery</dt><dd class="price">${priceOrFree(sums.delivery)}</dd></div>
    <div class="total"><dt>Total</dt><dd class="price">${format(sums.total)}</dd></div>
    ${sums.tax.amount ? html`<div class="hint"><dt>Includes tax of</dt><dd class="price">${format(sums.tax)}</dd></div>` : nothing}
  </dl>
`;

/**
 * What went wrong, and a way to try again.
 * @param {string} words
 * @param {() => void} retry
 */
export const trouble = (words, retry) => html`
  <div class="notice bad" role="alert">
    <p>${words}</p>
    <p class="row"><button class="btn ghost" type="button" @click=${retry}>Try again</button></p>
  </div>
`;

/** @param {Order} order */
export const orderPage = (order) => `/confirmation?order=${encodeURIComponent(order.id)}${order.order_key ? `#key=${order.order_key}` : ''}`;
