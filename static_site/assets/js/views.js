/**
 * Pieces that cart, checkout, confirmation and account render alike, for lit-html.
 *
 *     render(totals(quote), aside);
 */

/** @import { Money, Order, OrderLine, Quote, QuoteLine, QuoteProblem } from '../../types/api' */
import { html, nothing } from '../vendor/lit-html.js';
import { format } from './money.js';

/** Free delivery is near from two thirds of the way on. */
const NEAR = 3;

/** What an order's status means to its shopper, where none is being cancelled. */
export const STATUS = {
  pending_payment: 'Payment being confirmed',
  paid: 'Paid',
  payment_failed: 'Payment did not go through',
  expired: 'Expired, nothing charged',
  cancelled: 'Cancelled',
  shipped: 'On its way',
  refunding: 'Refund under way',
  refunded: 'Refunded',
};

/**
 * Whether its shopper has called an order off, and that is not finished yet.
 * @param {Order} order
 */
export const isCancelling = ({ status, cancellable }) => ['pending_payment', 'paid'].includes(status) && !cancellable;

/** @param {Order} order */
export const statusOf = (order) => (isCancelling(order) ? 'Being cancelled' : STATUS[order.status]);

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
 * @param {{ subtotal: Money, delivery: Money, discount: Money, tax: Money, total: Money, promotion?: string | null }} sums
 */
export const totals = (sums) => html`
  <dl class="totals">
    <div><dt>Subtotal</dt><dd class="price">${format(sums.subtotal)}</dd></div>
    ${sums.discount.amount ? html`<div><dt>${sums.promotion ?? 'Discount'}</dt><dd class="price">−${format(sums.discount)}</dd></div>` : nothing}
    <div><dt>Delivery</dt><dd class="price">${priceOrFree(sums.delivery)}</dd></div>
    <div class="total"><dt>Total</dt><dd class="price">${format(sums.total)}</dd></div>
    ${sums.tax.amount ? html`<div class="hint"><dt>Includes tax of</dt><dd class="price">${format(sums.tax)}</dd></div>` : nothing}
  </dl>
`;

/**
 * How much more makes a delivery method free, where that is near.
 * @param {Quote} quote
 * @param {string | undefined} method which can be free
 */
export function toFreeDelivery({ subtotal, free_delivery_from: from, delivery_methods: methods }, method) {
  const missing = from.amount - subtotal.amount;
  const offered = methods.find((one) => one.method === method);
  if (!offered?.price.amount || missing <= 0 || missing * NEAR > from.amount) return nothing;
  return html`<p class="hint">${format({ ...from, amount: missing })} more, and ${offered.name.toLowerCase()} is free.</p>`;
}

/** What a quote says against its promo code. @param {Quote} quote @returns {QuoteProblem | undefined} */
export const promoProblem = ({ problems }) => problems.find(({ code }) => code.includes('promo_code'));

/**
 * A promo code: the way to give one, folded away, or what it does. The page has a `<form id="promo">`, which hears of it.
 * @param {{ typed: string, problem: string }} promo what was tried, and why it does not count
 * @param {string | null} promotion what it does
 * @param {() => void} remove
 */
export const promoView = ({ typed, problem }, promotion, remove) =>
  promotion
    ? html`
        <p class="promo">
          <span role="status"><span class="hide">Promo code </span><strong>${typed.toUpperCase()}</strong>: ${promotion}</span>
          <button class="quiet" type="button" data-promo-remove @click=${remove}>Remove<span class="hide"> the promo code</span></button>
        </p>
      `
    : html`
        <details class="promo" ?open=${typed !== ''}>
          <summary data-promo>Have a promo code?</summary>
          <div class="field">
            <label for="promo-code">Promo code <span class="need">optional</span></label>
            <p class="wrong" id="promo-code-error" role="alert" ?hidden=${!problem}>${problem}</p>
            <div class="join">
              <input id="promo-code" form="promo" .value=${typed} maxlength="40" autocomplete="off" autocapitalize="characters" spellcheck="false" aria-describedby="promo-code-error" aria-invalid=${problem ? 'true' : 'false'} />
              <button class="btn ghost" form="promo">Apply<span class="hide"> the promo code</span></button>
            </div>
            ${problem ? html`<p><button class="quiet" type="button" @click=${remove}>Go on without it</button></p>` : nothing}
          </div>
        </details>
      `;

/**
 * What went wrong, and a way to try again.
 * @param {string} words
 * @param {() => unknown} retry
 */
export const trouble = (words, retry) => html`
  <div class="notice bad" role="alert">
    <p>${words}</p>
    <p class="row"><button class="btn ghost" type="button" @click=${(/** @type {Event} */ event) => tryAgain(/** @type {HTMLButtonElement} */ (event.currentTarget), retry)}>Try again</button></p>
  </div>
`;

/**
 * @param {HTMLButtonElement} button
 * @param {() => unknown} retry
 */
async function tryAgain(button, retry) {
  button.disabled = true;
  button.textContent = 'Trying…';
  await retry();
  // Where the trouble is over, the button has gone.
  button.disabled = false;
  button.textContent = 'Try again';
  button.focus();
}

/** @param {Pick<Order, 'id' | 'order_key'>} order */
export const orderPage = (order) => `/confirmation?order=${encodeURIComponent(order.id)}${order.order_key ? `#key=${order.order_key}` : ''}`;
