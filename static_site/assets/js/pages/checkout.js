/**
 * The checkout: price the lines, take the address and the card, place one order.
 *
 * `/checkout` buys the cart, as it is now: other tabs may change it. `/checkout?sku=…&quantity=…` buys
 * that one line. A purchase whose outcome got lost is settled first, under its own Idempotency-Key (attempt.js).
 */

/** @import { Order, Quote } from '../../../types/api' */
/** @import { Attempt } from '../attempt.js' */
import '../shell.js';
import { html, nothing, render } from '../../vendor/lit-html.js';
import { call, NetworkError, ProblemError, wordsFor } from '../api.js';
import { begin, end, place, unresolved } from '../attempt.js';
import * as cart from '../cart.js';
import { find, findAll } from '../dom.js';
import { complain, fill, handle, pending, valuesOf } from '../forms.js';
import { format } from '../money.js';
import { keepTyped, restoreTyped, signInPage } from '../next.js';
import { callAsShopper, isSignedIn, isStillSignedIn, SignedOutError } from '../session.js';
import { lineList, orderPage, priceOrFree, totals, trouble } from '../views.js';

const form = find('#checkout', HTMLFormElement);
const pay = find('[data-pay]', HTMLButtonElement);
const outcome = find('[data-outcome]', HTMLElement);
const summary = find('#order-summary', HTMLElement);

const MOST_UNITS = 10;
const asked = new URLSearchParams(location.search);
const sku = asked.get('sku')?.slice(0, 64);
let lines = linesToBuy();
/** @type {Quote | null} */
let quote = null;
let asking = new AbortController();
/** Whether the page still opens: nobody has done anything, so the keyboard stays where it is. */
let opening = true;
/** Whether a purchase is on its way: until its outcome is known, the cart's changes wait. */
let settling = false;

function linesToBuy() {
  if (sku) return [{ sku, quantity: Math.min(Math.max(Math.trunc(Number(asked.get('quantity'))) || 1, 1), MOST_UNITS) }];
  return cart.lines().map((line) => ({ sku: line.sku, quantity: line.quantity }));
}

/** Ask what the lines cost with the delivery that is chosen now. */
async function ask() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const { delivery } = valuesOf(form);
  const body = { lines, delivery: { method: delivery.method, country: delivery.address.country } };
  pay.disabled = true;
  pay.textContent = 'Pay';
  summary.ariaBusy = 'true';
  try {
    showQuote(await call('POST', '/quotes', { body, signal }));
  } catch (error) {
    if (signal.aborted) return;
    render(trouble(`${wordsFor(error)} Nothing was charged.`, ask), summary);
  }
  summary.ariaBusy = null;
}

/**
 * Buy what the cart holds now; where that is something else than was shown, show it first.
 * @returns whether it was something else
 */
function followCart() {
  const now = linesToBuy();
  if (settling || JSON.stringify(now) === JSON.stringify(lines)) return false;
  lines = now;
  quote = null;
  if (lines.length === 0) {
    asking.abort();
    offerNothing('This cart was bought or emptied in another tab', 'There is nothing left to buy here, and this page charged nothing.');
    return true;
  }
  form.hidden = false;
  tell(html`<h2>Your cart has changed</h2><p>This is what it holds now. Nothing was charged. If that is all right, pay.</p>`, 'warn');
  ask();
  return true;
}

/** @param {Quote} fresh */
function showQuote(fresh) {
  quote = fresh;
  if (fresh.lines.length === 0) return offerNothing(fresh.problems[0]?.detail ?? 'There is nothing to buy');
  pay.disabled = fresh.problems.length > 0;
  pay.textContent = `Pay ${format(fresh.total)}`;
  for (const label of findAll('[data-method-price]')) {
    const offered = fresh.delivery_methods.find(({ method }) => method === label.dataset.methodPrice);
    label.textContent = offered ? priceOrFree(offered.price) : 'Not offered';
  }
  render(
    html`
      ${lineList(fresh.lines)}
      ${fresh.lines.map(priceNotice)}
      ${fresh.problems.map(problemNotice)}
      ${totals(fresh)}
    `,
    summary,
  );
}

/** @param {Quote['problems'][number]} problem */
function problemNotice(problem) {
  const name = quote?.lines.find((line) => line.sku === problem.sku)?.name;
  return html`<p class="notice bad"><span>${name ? `${name}: ` : ''}${problem.detail}</span>${problem.sku ? wayToChange() : nothing}</p>`;
}

/** Where the lines can be changed: in the cart, or on the page of the product that is bought without one. */
function wayToChange() {
  const slug = quote?.lines.find((line) => line.sku === sku)?.slug;
  return slug ? html`<a href="/products/${slug}?sku=${sku}">Choose again on its page</a>` : html`<a href="/cart">Change your cart</a>`;
}

/** @param {Quote['lines'][number]} line */
function priceNotice({ sku, name, unit_price }) {
  const seen = cart.lines().find((line) => line.sku === sku)?.price;
  return seen && seen.amount !== unit_price.amount ? html`<p class="notice warn">${name} was ${format(seen)} and is now ${format(unit_price)}.</p>` : nothing;
}

/**
 * Say what became of the purchase, above the form, and put the keyboard there.
 * @param {unknown} content for lit-html; nothing hides it
 * @param {'' | 'bad' | 'warn'} [look]
 */
function tell(content, look = '') {
  outcome.hidden = content === nothing;
  outcome.className = `notice ${look}`;
  render(content, outcome);
  if (content !== nothing && !opening) outcome.focus();
}

/** @param {any} values the form's */
async function buy({ contact, delivery, payment }) {
  if (!quote) return;
  const agreed = { lines, expected_total: quote.total };
  const signedIn = isSignedIn();
  if (signedIn && !(await isStillSignedIn())) return tellSignedOut();
  // One tab at a time: the next looks at the cart again, once this one's purchase is out of it.
  await navigator.locks.request('purchase', async () => {
    if (followCart() || lines !== agreed.lines) return;
    tell(nothing);
    const address = { name: contact.name, ...delivery.address };
    const body = { ...agreed, contact, delivery: { ...delivery, address }, payment };
    await settle(begin({ body, signedIn, fromCart: !sku }));
  });
}

function tellSignedOut() {
  find('[data-who]', HTMLElement).textContent = 'You are not signed in.';
  tell(html`
    <h2>You have been signed out</h2>
    <p>Nothing was charged. <a href=${signInPage()}>Sign in again</a>, or pay as a guest.</p>
  `);
}

/**
 * Place the purchase and act on what comes of it.
 * @param {Attempt} attempt
 */
async function settle(attempt) {
  settling = true;
  try {
    const order = await place(attempt);
    if (order.status === 'pending_payment') tellUnknown(attempt, new Error('The bank has not answered yet.'));
    else finish(attempt, order);
  } catch (error) {
    if (isUnknown(error)) tellUnknown(attempt, error);
    else {
      end();
      settling = false;
      tellRefused(attempt, error);
    }
  }
}

/**
 * Whether the purchase may yet have gone through, or will when it is repeated.
 * @param {unknown} error
 */
const isUnknown = (error) =>
  error instanceof NetworkError || (error instanceof ProblemError && (error.status >= 500 || [401, 429].includes(error.status) || error.code === 'in_progress'));

/**
 * @param {Attempt} attempt
 * @param {Order} order
 */
function finish(attempt, order) {
  end();
  if (attempt.fromCart) cart.take(order.lines);
  location.replace(orderPage(order));
}

/**
 * @param {Attempt} attempt
 * @param {unknown} error
 */
function tellUnknown(attempt, error) {
  form.hidden = true;
  const retry = html`<button class="btn" type="button" data-pending="Asking…" @click=${(/** @type {Event} */ event) => pending(/** @type {HTMLButtonElement} */ (event.target), () => settle(attempt))}>Ask again</button>`;
  const signIn = html`<a class="btn" href=${signInPage()}>Sign in</a>`;
  tell(html`
    <h2>We do not know yet whether your order of ${format(attempt.body.expected_total)} went through</h2>
    <p>${wordsFor(error)} Asking again is safe: it is the same order, and it is paid once at most.</p>
    <p class="row">${error instanceof SignedOutError ? signIn : retry}</p>
  `);
}

/**
 * @param {Attempt} attempt
 * @param {unknown} error
 */
function tellRefused(attempt, error) {
  form.hidden = lines.length === 0;
  if (!(error instanceof ProblemError)) throw error;
  if (error.status === 402) return tell(declined(error), 'bad');
  if (error.quote) return tellPriceChanged(error.quote);
  if (error.code === 'out_of_stock') return tellOutOfStock(attempt, error);
  tell(nothing);
  return complain(form, error);
}

/** @param {ProblemError} error */
const declined = (error) => html`
  <h2>${error.code === 'insufficient_funds' ? 'There is not enough money on this card' : 'The bank declined this card'}</h2>
  <p>Nothing was charged, and nothing is lost. Choose another card below and pay again.</p>
`;

/** @param {Quote} fresh */
function tellPriceChanged(fresh) {
  showQuote(fresh);
  tell(html`
    <h2>The price has changed</h2>
    <p>It now comes to <strong>${format(fresh.total)}</strong>. Nothing was charged. If that is all right, pay again.</p>
  `, 'warn');
}

/**
 * @param {Attempt} attempt
 * @param {ProblemError} error
 */
function tellOutOfStock(attempt, error) {
  tell(html`
    <h2>Somebody was quicker</h2>
    <ul>${error.errors.map(({ field, message }) => html`<li>${nameOfLine(attempt, field)}: ${message}</li>`)}</ul>
    <p>Nothing was charged. ${wayToChange()}, then come back.</p>
  `, 'bad');
  ask();
}

/**
 * Name the line that an error's field points at, such as `lines[0].quantity`.
 * @param {Attempt} attempt
 * @param {string} field
 */
function nameOfLine(attempt, field) {
  const sku = attempt.body.lines[Number(/\d+/.exec(field)?.[0])]?.sku;
  return quote?.lines.find((line) => line.sku === sku)?.name ?? sku;
}

async function greet() {
  find('[data-sign-in]', HTMLAnchorElement).href = signInPage();
  if (!isSignedIn()) return;
  const account = await callAsShopper('GET', '/account');
  find('[data-who]', HTMLElement).textContent = `Signed in as ${account.email}.`;
  const typed = valuesOf(form).contact ?? {};
  fill(form, { contact: { email: account.email, name: account.name, ...typed } });
}

/**
 * Put the way on in the form's place.
 * @param {string} heading
 * @param {string} [words]
 */
function offerNothing(heading, words) {
  if (settling) return;
  form.hidden = true;
  const onwards = lines.length && !sku ? html`<a class="btn" href="/cart">Change your cart</a>` : html`<a class="btn" href="/search">See everything</a>`;
  tell(html`<h2>${heading}</h2>${words ? html`<p>${words}</p>` : nothing}<p class="row">${onwards}</p>`);
}

async function start() {
  addEventListener('pagehide', keepTyped);
  restoreTyped();
  const attempt = unresolved();
  if (attempt) {
    settling = true;
    fill(form, attempt.body);
    tellUnknown(attempt, new Error('The page was left before the answer came.'));
  }
  for (const input of findAll('[name="delivery.method"], #country')) input.addEventListener('change', ask);
  handle(form, buy);
  cart.onCartChange(followCart);
  addEventListener('pageshow', followCart);
  const greeted = greet().catch((error) => error instanceof SignedOutError && tellSignedOut());
  if (lines.length === 0) offerNothing('Your cart is empty');
  else await ask();
  opening = false;
  await greeted;
}

await start();
