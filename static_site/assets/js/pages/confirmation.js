/**
 * An order: the confirmation after buying, and the page that the account links to.
 *
 * `/confirmation?order=ID`, with `#key=…` for a guest's; the bank sends the shopper back without that key, which this
 * browser then knows. While the order is on its way to an end the page asks again, and repeats the purchase that is
 * under way here, which finishes it where the bank's answer was lost.
 */

/** @import { Order } from '../../../types/api' */
import '../shell.js';
import { html, nothing, render } from '../../vendor/lit-html.js';
import { NetworkError, onReconnect, ProblemError, sleep, wordsFor } from '../api.js';
import { alone, cancelOrder, conclude, fetchOrder, keyOf, repeat, unresolved } from '../attempt.js';
import { lines } from '../cart.js';
import { find } from '../dom.js';
import { format, formatDate, formatTime } from '../money.js';
import { note } from '../recorder.js';
import { isSignedIn, signInPage, SignedOutError } from '../session.js';
import { isCancelling, lineList, orderPage, STATUS, statusOf, totals, trouble } from '../views.js';

const POLLS = 40;
const FIRST_PAUSE_MS = 800;
const LONGEST_PAUSE_MS = 10_000;
const SLOWER = 1.25;
/** For how many polls the page repeats the purchase: some 40 s. Then it makes way for the sweeper, which gives orders up. */
const NUDGES = 12;
/** How many polls the news of the shopper's own bank has before the page asks after it. */
const BANK_POLLS = 8;
const root = find('#order', HTMLElement);
const id = new URLSearchParams(location.search).get('order') ?? '';
const key = new URLSearchParams(location.hash.slice(1)).get('key') ?? keyOf(id);

/** @type {Order | null} */
let order = null;
/** Whether the page asks again of its own accord. */
let following = false;
/** Whether the shopper is asked if calling the order off is meant, or has said so. @type {'' | 'asked' | 'sent'} */
let cancelling = '';
let refusal = '';
/** What is fetched while the shopper calls the order off is old when it comes. */
let turn = 0;

/**
 * @param {Order} order
 * @returns {[string, string]} title and words
 */
function storyOf(order) {
  const sum = format(order.totals.total);
  if (isCancelling(order)) return ['Being cancelled', `You have called this order off. We are settling that with the bank: should it have taken ${sum}, that goes back to your card.`];
  switch (order.status) {
    case 'paid': return ['Thank you', 'Your order is paid and on our bench. This page keeps you posted.'];
    case 'pending_payment': return order.payment.action
      ? ['Nearly there', 'Your order is placed and waits for word from your bank. You cannot be charged twice.']
      : ['Nearly there', 'Your order is placed, and the bank has not answered yet. You cannot be charged twice; if it never answers, nothing is charged.'];
    case 'payment_failed': return ['The payment did not go through', `${order.payment.decline_code === 'authentication_failed' ? 'It was not confirmed with your bank' : 'The bank declined it'}. Nothing was charged, and the things you chose are back on the shelf.`];
    case 'expired': return ['This order ran out of time', 'No payment came of it in time. Nothing was charged, and the things you chose are back on the shelf.'];
    case 'cancelled': return ['Order cancelled', 'Nothing was charged.'];
    case 'shipped': return ['On its way', `Your parcel has left for ${order.delivery.address.city}.`];
    case 'refunding': return ['Cancelled', `${sum} is going back to your card.`];
    case 'refunded': return ['Cancelled and refunded', `${sum} went back to your card. Your bank may take some days to show it.`];
  }
}

/** What happened, one entry a status. */
const HAPPENED = { ...STATUS, pending_payment: 'Placed' };

/** @param {Order} order */
function orderView(order) {
  const [title, words] = storyOf(order);
  return html`
    <header class="opening">
      <h1 tabindex="-1">${title}</h1>
      <p class="lead" role="status">${words}</p>
      <p class="hint">Order <strong>${order.number}</strong>, placed on ${formatDate(order.placed_at)}</p>
      ${order.payment.action && order.cancellable
        ? html`<p class="row"><a class="btn ghost" href=${order.payment.action.url}>Go on to your bank</a> <span class="hint">if you have not confirmed it there yet</span></p>`
        : nothing}
      ${isOpen(order) && !following ? html`<p class="row"><button class="btn ghost" type="button" @click=${follow}>Look again</button></p>` : nothing}
      ${isUnpaid(order) && order.status !== 'cancelled' ? html`<p class="row"><a class="btn" href=${wayToBuy(order)}>Go back to the checkout</a></p>` : nothing}
    </header>
    <div class="split">
      <section aria-labelledby="lines">
        <h2 id="lines">What you ordered</h2>
        ${lineList(order.lines)} ${totals(order.totals)}
        ${key && !isSignedIn() && !isUnpaid(order) ? guestView(order) : nothing}
      </section>
      <aside class="summary">
        <h2>Where it goes</h2>
        ${addressView(order)}
        <h2>Payment</h2>
        <p>${order.payment.status === 'not_needed' ? 'Nothing to pay' : order.payment.method}</p>
        <h2>How far it is</h2>
        <ol class="timeline">
          ${order.timeline.map(({ status, at }) => html`<li>${HAPPENED[status]} <time class="hint" datetime=${at}>${formatTime(at)}</time></li>`)}
        </ol>
        ${order.cancellable ? cancelView(order) : nothing}
        <p class="bad" tabindex="-1" data-refusal ?hidden=${!refusal}>${refusal}</p>
        <p class="row screen"><button class="quiet" type="button" @click=${() => print()}>Print this page</button></p>
      </aside>
    </div>
  `;
}

/** @param {Order} order */
function addressView({ delivery }) {
  const { name, line1, line2, city, postcode, country } = delivery.address;
  const countryName = new Intl.DisplayNames(document.documentElement.lang, { type: 'region' }).of(country);
  return html`
    <address>${[name, line1, line2, `${city} ${postcode}`, countryName].filter(Boolean).map((part) => html`${part}<br />`)}</address>
    <p class="hint">${delivery.name}</p>
  `;
}

/** @param {Order} order */
const cancelView = ({ status, totals: { total } }) =>
  cancelling
    ? html`
        <div class="sure" role="group" aria-labelledby="sure">
          <p id="sure"><strong>Cancel this order?</strong> ${status === 'paid' ? `${format(total)} goes back to your card.` : 'Nothing will be charged.'}</p>
          <p class="row">
            <button class="btn grave small" type="button" data-yes ?disabled=${cancelling === 'sent'} @click=${callOff}>${cancelling === 'sent' ? 'Cancelling…' : 'Cancel the order'}</button>
            <button class="quiet" type="button" ?disabled=${cancelling === 'sent'} @click=${() => askWhether(false)}>Keep it</button>
          </p>
        </div>
      `
    : html`<p class="screen"><button class="btn ghost small" type="button" data-cancel @click=${() => askWhether(true)}>Cancel this order</button></p>`;

/** @param {Order} order */
const guestView = ({ contact }) => html`
  <div class="notice keep">
    <h2>Keep this page’s address</h2>
    <p>It is the way back to your order. The mails about it, to ${contact.email}, carry it too.</p>
    <p>Or <a href="/sign-up">create an account</a> with this e-mail address: once you have verified it, this order moves into it.</p>
  </div>
`;

/**
 * Where to buy again what was not bought: in the cart, if it lies there still.
 * @param {Order} order
 */
function wayToBuy(order) {
  const inCart = new Set(lines().map(({ sku }) => sku));
  const [line, ...others] = order.lines;
  if (order.lines.every(({ sku }) => inCart.has(sku))) return '/checkout';
  return line && others.length === 0 ? `/checkout?sku=${line.sku}&quantity=${line.quantity}` : '/cart';
}

/** Whether it ended without money, so that it can be bought again. @param {Order} order */
const isUnpaid = ({ status }) => ['payment_failed', 'expired', 'cancelled'].includes(status);

/** @param {Order} order */
const isOpen = (order) => isCancelling(order) || ['pending_payment', 'refunding'].includes(order.status);

/**
 * Ask whether it is meant, or stop asking; the keyboard follows.
 * @param {boolean} meant
 */
function askWhether(meant) {
  cancelling = meant ? 'asked' : '';
  refusal = '';
  show();
  focusOn(meant ? '[data-yes]' : '[data-cancel]');
}

async function callOff() {
  cancelling = 'sent';
  turn += 1;
  show();
  try {
    take(await cancelOrder(id, key));
  } catch (error) {
    refusal = whyNot(error);
  }
  cancelling = '';
  turn += 1;
  show();
  focusOn(refusal ? '[data-refusal]' : 'h1');
  if (!following) await follow();
}

/** @param {unknown} error */
function whyNot(error) {
  if (error instanceof ProblemError && error.code === 'in_progress') return 'The shop is at work on this order right now. Try again in a moment.';
  if (error instanceof NetworkError) return `${error.message} So we do not know yet whether your order is cancelled: this page tells you as soon as it hears. To ask again does no harm.`;
  return wordsFor(error);
}

/** @param {string} selector */
const focusOn = (selector) => find(selector, HTMLElement, root).focus();

/** @param {unknown} error */
function failure(error) {
  const heading = html`<h1>Your order</h1>`;
  if (error instanceof SignedOutError) return html`<header class="opening">${heading}<p class="lead">Sign in to see this order. Bought as a guest? Then it opens with the whole link from your confirmation.</p><p class="row"><a class="btn" href=${signInPage()}>Sign in</a></p></header>`;
  if (error instanceof ProblemError && error.status === 404) {
    return html`<header class="opening">${heading}<p class="lead">We cannot find this order. A guest’s order opens only by its whole address, an account’s only for the one who placed it.</p><p class="row"><a class="btn" href="/account">Your orders</a></p></header>`;
  }
  return html`<header class="opening">${heading}</header>${trouble(wordsFor(error), follow)}`;
}

/** @param {Order} fresh */
function take(fresh) {
  if (order && statusOf(order) !== statusOf(fresh)) refusal = '';
  order = fresh;
  document.title = document.title.replace(/^[^–]*/, `Order ${order.number} `);
  if (unresolved()?.order?.id === id) alone(() => conclude(fresh));
}

/** Repeat the purchase that this order came of, but seldom where the shopper's own bank is asked, which tells us by itself. @param {number} poll */
async function nudge(poll) {
  const attempt = unresolved();
  if (poll >= NUDGES || order?.status !== 'pending_payment' || isCancelling(order) || attempt?.order?.id !== id) return;
  if (order.payment.action && poll % BANK_POLLS !== 0) return;
  // Whatever it is answered, the order tells.
  await repeat(attempt).catch(() => {});
}

/** @param {number} poll */
async function look(poll) {
  const began = turn;
  try {
    await nudge(poll);
    const fresh = await fetchOrder(id, key);
    if (began === turn) take(fresh);
    note(`Showed the order, which is now ${STATUS[fresh.status].toLowerCase()}`);
  } catch (error) {
    // What is shown stays, and the next poll may come through.
    if (!order) render(failure(error), root);
  }
}

/** Show the order, and follow it to its end, or for some minutes. */
async function follow() {
  following = true;
  for (let poll = 0, pause = FIRST_PAUSE_MS; following; poll += 1, pause = Math.min(pause * SLOWER, LONGEST_PAUSE_MS)) {
    await look(poll);
    following = order !== null && isOpen(order) && poll < POLLS;
    show();
    if (following) await sleep(pause);
  }
}

function show() {
  if (order) render(orderView(order), root);
  root.ariaBusy = null;
}

root.replaceChildren();
render(html`<header class="opening waiting"><h1>Your order</h1><p class="lead">Looking it up…</p></header>`, root);
// Whatever the bank has added to the address goes, and the key that it did not know comes back.
history.replaceState(null, '', orderPage({ id, ...(key && { order_key: key }) }));
// A page out of the back-forward cache may have missed how it ended.
addEventListener('pageshow', ({ persisted }) => persisted && !following && follow());
onReconnect(() => !following && (!order || isOpen(order) || refusal) && follow());
await follow();
