/**
 * An order: the confirmation after buying, and the page that the account links to.
 *
 * `/confirmation?order=ID`, with `#key=…` for a guest's. While a payment is being confirmed the page asks again.
 */

/** @import { Order } from '../../../types/api' */
import '../shell.js';
import { html, nothing, render } from '../../vendor/lit-html.js';
import { call, ProblemError, sleep, wordsFor } from '../api.js';
import { find } from '../dom.js';
import { format, formatDate, formatTime } from '../money.js';
import { signInPage } from '../next.js';
import { callAsShopper, isSignedIn, SignedOutError } from '../session.js';
import { lineList, STATUS, totals, trouble } from '../views.js';

const POLLS = 8;
const POLL_MS = 3_000;
const root = find('#order', HTMLElement);
const id = new URLSearchParams(location.search).get('order') ?? '';
const orderKey = new URLSearchParams(location.hash.slice(1)).get('key');

/** @type {Record<Order['status'], { title: string, words: (order: Order) => string }>} */
const STORY = {
  paid: { title: 'Thank you', words: () => 'Your order is paid and on our bench. This page keeps you posted.' },
  pending_payment: { title: 'Nearly there', words: () => 'Your order is placed and we are waiting to hear from the bank. You do not need to do anything, and you cannot be charged twice.' },
  payment_failed: { title: 'The card was declined', words: () => 'Nothing was charged. The things you chose are back on the shelf.' },
  expired: { title: 'This order ran out of time', words: () => 'The payment was never confirmed. Nothing was charged.' },
  cancelled: { title: 'Order cancelled', words: () => 'Nothing was charged.' },
  shipped: { title: 'On its way', words: ({ delivery }) => `Your parcel has left for ${delivery.address.city}.` },
  refunding: { title: 'Refund under way', words: ({ totals: sums }) => `${format(sums.total)} is going back to your card.` },
  refunded: { title: 'Refunded', words: ({ totals: sums }) => `${format(sums.total)} went back to your card.` },
};

/** What happened, one entry a status. */
const HAPPENED = { ...STATUS, pending_payment: 'Placed' };

/** @returns {Promise<Order>} */
function fetchOrder() {
  const path = `/orders/${encodeURIComponent(id)}`;
  if (orderKey) return call('GET', path, { headers: { 'X-Order-Key': orderKey } });
  return isSignedIn() ? callAsShopper('GET', path) : Promise.reject(new SignedOutError());
}

/** @param {Order} order */
const orderView = (order) => html`
  <header class="opening">
    <h1>${STORY[order.status].title}</h1>
    <p class="lead" role="status">${STORY[order.status].words(order)}</p>
    <p class="hint">Order <strong>${order.number}</strong>, placed on ${formatDate(order.placed_at)}</p>
    ${order.payment.action ? html`<p class="row"><a class="btn" href=${order.payment.action.url}>Go on to your bank</a></p>` : nothing}
  </header>
  <div class="split">
    <section aria-labelledby="lines">
      <h2 id="lines">What you ordered</h2>
      ${lineList(order.lines)} ${totals(order.totals)}
    </section>
    <aside class="summary">
      <h2>Where it goes</h2>
      ${addressView(order)}
      <h2>How far it is</h2>
      <ol class="timeline">
        ${order.timeline.map(({ status, at }) => html`<li>${HAPPENED[status]} <time class="hint" datetime=${at}>${formatTime(at)}</time></li>`)}
      </ol>
      ${orderKey && !isSignedIn() ? accountOffer : nothing}
    </aside>
  </div>
`;

/** @param {Order} order */
function addressView({ delivery }) {
  const { name, line1, line2, city, postcode, country } = delivery.address;
  const countryName = new Intl.DisplayNames(document.documentElement.lang, { type: 'region' }).of(country);
  return html`
    <address>${[name, line1, line2, `${city} ${postcode}`, countryName].filter(Boolean).map((part) => html`${part}<br />`)}</address>
    <p class="hint">${delivery.name}</p>
  `;
}

const accountOffer = html`
  <h2>Next time</h2>
  <p>Keep this page’s address to come back to the order. With an account, the next ones are kept for you.</p>
  <p><a href="/sign-up">Create an account</a></p>
`;

/** @param {unknown} error */
function failure(error) {
  const heading = html`<h1>Your order</h1>`;
  if (error instanceof SignedOutError) return html`<header class="opening">${heading}<p class="lead">Sign in to see this order. Bought as a guest? Then it opens with the whole link from your confirmation.</p><p class="row"><a class="btn" href=${signInPage()}>Sign in</a></p></header>`;
  if (error instanceof ProblemError && error.status === 404) {
    return html`<header class="opening">${heading}<p class="lead">We cannot find this order. A guest’s order opens only by its whole address, an account’s only for the one who placed it.</p><p class="row"><a class="btn" href="/account">Your orders</a></p></header>`;
  }
  return html`<header class="opening">${heading}</header>${trouble(wordsFor(error), start)}`;
}

/** Show the order, and follow it while its payment is open. */
async function start() {
  try {
    for (let poll = 0; poll < POLLS; poll += 1) {
      const order = await fetchOrder();
      document.title = document.title.replace(/^[^–]*/, `Order ${order.number} `);
      render(orderView(order), root);
      root.ariaBusy = null;
      if (order.status !== 'pending_payment') return;
      await sleep(POLL_MS);
    }
  } catch (error) {
    render(failure(error), root);
    root.ariaBusy = null;
  }
}

root.replaceChildren();
await start();
