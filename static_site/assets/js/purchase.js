/**
 * What becomes of a purchase: it is placed, settled, called off or refused, and told at the checkout. That page loads
 * this once somebody pays, or a purchase is under way already: this tab's or another's (attempt.js).
 *
 *     await order(desk, () => ({ body, account, fromCart: true }));
 *     tellPast(desk);
 */

/** @import { Order, Quote } from '../../types/api' */
/** @import { Attempt, Purchase } from './attempt.js' */
import { html, nothing } from '../vendor/lit-html.js';
import { NetworkError, ProblemError, wordsFor } from './api.js';
import { alone, begin, cancelOrder, conclude, end, isUnderWay, onAttemptChange, place, unresolved } from './attempt.js';
import { complain, fill, pending } from './forms.js';
import { format, formatTime } from './money.js';
import { note } from './recorder.js';
import { isSignedIn, signedInAs, signInPage, SignedOutError } from './session.js';
import { orderPage } from './views.js';

/**
 * @typedef {object} Desk what the checkout lends
 * @property {HTMLFormElement} form
 * @property {boolean} settling whether a purchase is on its way: until its outcome is known, the cart's changes wait
 * @property {() => { sku: string, quantity: number }[]} lines what is bought on the page now
 * @property {() => boolean} followCart tells whether the cart has changed, after saying so
 * @property {(content: unknown, look?: '' | 'bad' | 'warn') => void} tell
 * @property {() => unknown} onwards the way on where nothing can be bought
 * @property {() => unknown} ordered the way to what was ordered from this very page, before *Back* led here again
 * @property {() => unknown} wayToChange the way to change what is bought
 * @property {(sku?: string) => string | undefined} nameOf
 * @property {() => void} ask prices anew
 * @property {(quote: Quote) => void} showQuote
 * @property {(problem: ProblemError) => void} dropPromo goes on without the promo code
 */

const SLOW_MS = 4_000;

/** The purchase that stands in the form's place. @type {Attempt | null} */
let underWay = null;

/**
 * Place an order, unless a purchase is under way already. One tab at a time: the next looks at the cart again, once
 * this one's purchase is out of it.
 * @param {Desk} desk
 * @param {() => Purchase | null} prepare what to buy, looked up when it is this tab's turn
 */
export const order = (desk, prepare) =>
  alone(() => {
    const other = unresolved();
    if (other) return tellUnderWay(desk, other);
    const purchase = prepare();
    return purchase && settle(desk, begin(purchase));
  });

/**
 * Tell of what is under way in this browser, or was ordered from this very page.
 * @param {Desk} desk
 */
export function tellPast(desk) {
  const { form, lines, ordered, tell } = desk;
  const attempt = unresolved();
  // Somebody else's address is nobody's business.
  if (attempt?.account === signedInAs()) fill(form, attempt.body);
  if (attempt) return tellUnderWay(desk, attempt);
  if (underWay) return resume(desk);
  form.hidden = lines().length === 0;
  if (ordered()) tell(html`<h2>You have ordered from this page already</h2><p>${ordered()} To pay again is to buy again.</p>`, 'warn');
}

/**
 * Place the purchase and act on what comes of it.
 * @param {Desk} desk
 * @param {Attempt} attempt
 * @param {boolean} [again] whether the shopper asked how it stands
 */
async function settle(desk, attempt, again = false) {
  desk.settling = true;
  const slow = setTimeout(() => desk.tell(html`<p>The bank takes its time. Please keep this page open; you cannot be charged twice.</p>`), SLOW_MS);
  try {
    const placed = await place(attempt);
    if (again && placed.payment.action) tellUnderWay(desk, attempt, new Error('Your bank still waits for you to confirm it.'));
    else leave(desk, attempt, placed);
  } catch (error) {
    if (isUnknown(error)) return tellUnderWay(desk, attempt, error);
    end(attempt);
    underWay = null;
    desk.settling = false;
    tellRefused(desk, attempt, error);
  } finally {
    clearTimeout(slow);
  }
}

/**
 * Whether the purchase may yet have gone through, or will when it is repeated.
 * @param {unknown} error
 */
const isUnknown = (error) =>
  error instanceof NetworkError || (error instanceof ProblemError && (error.status >= 500 || [401, 404, 429].includes(error.status) || error.code === 'in_progress'));

/**
 * Go on to the order's page, or to the bank first, from where *Back* leads here again.
 * @param {Desk} desk
 * @param {Attempt} attempt
 * @param {Order} placed
 */
function leave(desk, attempt, placed) {
  conclude(placed);
  note(placed.payment.action ? 'Went on to your bank' : 'Went on to the order’s own page');
  if (!placed.payment.action) return location.replace(orderPage(placed));
  history.replaceState({ order: orderPage(placed) }, '');
  tellUnderWay(desk, attempt);
  location.assign(placed.payment.action.url);
}

// --- Under way

/**
 * Tell of a purchase whose outcome is not known, in the form's place, and what can be done about it.
 * @param {Desk} desk
 * @param {Attempt} attempt
 * @param {unknown} [error] what asking has just come to
 */
function tellUnderWay(desk, attempt, error) {
  const { account, at, body, order } = attempt;
  if (!underWay) onAttemptChange(() => underWay && !isUnderWay(underWay) && resume(desk));
  underWay = attempt;
  desk.settling = true;
  desk.form.hidden = true;
  const signIn = error instanceof SignedOutError;
  if (account && account !== signedInAs() && !signIn) return tellForeign(desk, attempt);
  const sum = format(body.expected_total);
  const where = order?.bank ? 'Your bank waits for you to confirm it.' : 'We do not know yet how it ended.';
  desk.tell(html`
    ${error
      ? html`<h2>We do not know yet whether your order of ${sum} went through</h2><p>${wordsFor(error)}</p>`
      : html`<h2>A purchase is under way</h2><p>An order of ${sum} was begun on ${formatTime(new Date(at).toISOString())}. ${where}</p>`}
    <p>${order ? 'Asking is safe: it is the same order, and it is paid once at most.' : 'To finish it is safe: if it never reached us, it is placed now; if it did, you see it. It is paid once at most.'}</p>
    <p class="row">
      ${order?.bank ? html`<a class="btn" href=${order.bank}>Go on to your bank</a>` : nothing}
      ${signIn ? html`<a class="btn" href=${signInPage()}>Sign in</a>` : button(order ? 'Ask how it stands' : 'Finish it', 'Asking…', () => askAgain(desk, attempt), order?.bank ? 'ghost' : '')}
      ${signIn ? nothing : order ? button('Cancel it', 'Cancelling…', () => callOff(desk, attempt), 'ghost') : button('Forget it', '', () => leaveIt(desk, attempt), 'ghost')}
    </p>
    ${order ? nothing : html`<p class="hint">Should it have reached us before you forget it, the mail to ${body.contact.email} tells, and you can cancel it from there.</p>`}
  `);
}

/**
 * @param {Desk} desk
 * @param {Attempt} attempt
 */
const tellForeign = (desk, attempt) =>
  desk.tell(html`
    <h2>${isSignedIn() ? 'Another account' : 'An account'} has a purchase under way here</h2>
    <p>How it stands, only that account can see. You can leave it to that account and buy for yourself.</p>
    <p class="row">
      ${button('Go on with mine', '', () => leaveIt(desk, attempt))}
      ${isSignedIn() ? nothing : html`<a class="btn ghost" href=${signInPage()}>Sign in</a>`}
    </p>
  `);

/**
 * Forget what is under way, and go on with what is bought here.
 * @param {Desk} desk
 * @param {Attempt} attempt
 */
async function leaveIt(desk, attempt) {
  end(attempt);
  if (!reopen(desk)) desk.tell(nothing);
}

/**
 * @param {string} label
 * @param {string} waiting
 * @param {() => Promise<void>} work
 * @param {string} [look]
 */
const button = (label, waiting, work, look = '') =>
  html`<button class="btn ${look}" type="button" data-pending=${waiting} @click=${(/** @type {Event} */ event) => pending(/** @type {HTMLButtonElement} */ (event.target), work)}>${label}</button>`;

/**
 * @param {Desk} desk
 * @param {Attempt} attempt
 */
const askAgain = (desk, attempt) => alone(() => (isUnderWay(attempt) ? settle(desk, attempt, true) : resume(desk)));

/**
 * @param {Desk} desk
 * @param {Attempt} attempt
 */
const callOff = (desk, attempt) =>
  alone(async () => {
    if (!isUnderWay(attempt)) return resume(desk);
    try {
      const ended = await cancelOrder(attempt.order?.id ?? '', attempt.order?.key);
      conclude(ended);
      reopen(desk);
      const sum = format(ended.totals.total);
      if (ended.status === 'cancelled') tellEnd(desk, 'That order is cancelled', 'Nothing was charged.');
      else if (ended.status === 'pending_payment') tellEnd(desk, 'That order is being cancelled', `It ends as soon as the bank answers. Should the bank have taken ${sum}, that goes back to your card.`);
      else tellEnd(desk, 'That order is cancelled', `It had just been paid: ${sum} is going back to your card.`);
    } catch (error) {
      // It came to its end before it could be called off: asking tells which.
      if (error instanceof ProblemError && error.code === 'not_cancellable') return settle(desk, attempt);
      tellUnderWay(desk, attempt, error);
    }
  });

/**
 * Show the form again: what stood in its way has ended.
 * @param {Desk} desk
 * @returns whether the cart has changed meanwhile, which is told then
 */
function reopen(desk) {
  underWay = null;
  desk.settling = false;
  desk.form.hidden = desk.lines().length === 0;
  return desk.followCart();
}

/** Go on with what is bought here: the purchase under way has come to its end elsewhere. @param {Desk} desk */
function resume(desk) {
  if (!reopen(desk)) tellEnd(desk, 'That purchase has ended', desk.ordered() || 'Another tab of this shop was told how.');
}

/**
 * Say how a purchase has ended, and what can be bought now.
 * @param {Desk} desk
 * @param {string} heading
 * @param {unknown} words
 */
const tellEnd = ({ form, tell, onwards }, heading, words) =>
  tell(html`<h2>${heading}</h2><p>${words} ${form.hidden ? nothing : 'What you are buying now stands below.'}</p>${form.hidden ? onwards() : nothing}`);

// --- Refused

/** What a refusal means, and what paying again takes. @type {Record<string, [string, string]>} */
const REFUSALS = {
  card_declined: ['The bank declined this card', 'Choose another card below and pay again.'],
  insufficient_funds: ['There is not enough money on this card', 'Choose another card below and pay again.'],
  authentication_failed: ['The payment was not confirmed with your bank', 'Pay again below, with this card or another.'],
  idempotency_key_reused: ['That purchase belongs to another account', 'Pay below to buy for yourself.'],
  order_ended: ['That order has ended', 'It was cancelled, or ran out of time. Pay below to order anew.'],
};

/**
 * @param {Desk} desk
 * @param {Attempt} attempt
 * @param {unknown} error
 */
function tellRefused(desk, attempt, error) {
  if (!(error instanceof ProblemError)) throw error;
  note('Said what is wrong, and kept all that was typed');
  const [heading = 'That order was not placed', advice] = REFUSALS[error.code] ?? [];
  desk.form.hidden = desk.lines().length === 0;
  // Another tab may have changed or emptied the cart since.
  if (JSON.stringify(attempt.body.lines) !== JSON.stringify(desk.lines())) return tellEnd(desk, heading, 'Nothing was charged for it.');
  if (advice) return desk.tell(html`<h2>${heading}</h2><p>Nothing was charged, and nothing is lost. ${advice}</p>`, error.status === 402 ? 'bad' : 'warn');
  if (error.quote) return tellPriceChanged(desk, error.quote);
  if (error.code === 'out_of_stock') return tellOutOfStock(desk, attempt, error);
  if (error.errors.some(({ field }) => field === 'promo_code')) return desk.dropPromo(error);
  desk.tell(nothing);
  return complain(desk.form, error);
}

/**
 * @param {Desk} desk
 * @param {Quote} fresh
 */
function tellPriceChanged({ showQuote, tell }, fresh) {
  showQuote(fresh);
  tell(html`
    <h2>The price has changed</h2>
    <p>It now comes to <strong>${format(fresh.total)}</strong>. Nothing was charged. If that is all right, pay again.</p>
  `, 'warn');
}

/**
 * @param {Desk} desk
 * @param {Attempt} attempt
 * @param {ProblemError} error
 */
function tellOutOfStock({ ask, nameOf, tell, wayToChange }, { body }, { errors }) {
  // A field is such as `lines[0].quantity`.
  const named = errors.map(({ field, message }) => ({ name: nameOf(body.lines[Number(/\d+/.exec(field)?.[0])]?.sku), message }));
  tell(html`
    <h2>Somebody was quicker</h2>
    <ul>${named.map(({ name, message }) => html`<li>${name}: ${message}</li>`)}</ul>
    <p>Nothing was charged. ${wayToChange()}, then come back.</p>
  `, 'bad');
  ask();
}
