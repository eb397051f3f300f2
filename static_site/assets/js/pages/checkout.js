/**
 * The checkout: price the lines, take the address and the card, place one order.
 *
 * `/checkout` buys the cart, as it is now: other tabs may change it. `/checkout?sku=…&quantity=…` buys
 * that one line. What becomes of a purchase is purchase.js's. The card form is the gateway's: `mountCard(container,
 * amount)` gives `update(amount)` and `token()`, which rejects with words for the shopper.
 */

/** @import { Money, Quote } from '../../../types/api' */
/** @import { ProblemError } from '../api.js' */
/** @import { Desk } from '../purchase.js' */
import { shareCart } from '../shell.js';
import { html, nothing, render } from '../../vendor/lit-html.js';
import { call, onReconnect, readSoon, wordsFor } from '../api.js';
import * as cart from '../cart.js';
import { find, findAll } from '../dom.js';
import { fill, handle, keepTyped, restoreTyped, summarise, valuesOf } from '../forms.js';
import { format } from '../money.js';
import { note } from '../recorder.js';
import { callAsShopper, isSignedIn, isStillSignedIn, signedInAs, signInPage, SignedOutError } from '../session.js';
import { lineList, priceOrFree, promoProblem, promoView, toFreeDelivery, totals, trouble } from '../views.js';

/** @typedef {{ token: () => Promise<string>, update: (amount: Money) => void }} Card */

const GATEWAYS = { sandbox: () => import('../sandbox-card.js'), stripe: () => import('../stripe-card.js') };
const gateway = /** @type {keyof typeof GATEWAYS} */ (find('meta[name="payment-gateway"]', HTMLMetaElement).content);
const form = find('#checkout', HTMLFormElement);
const pay = find('[data-pay]', HTMLButtonElement);
const outcome = find('[data-outcome]', HTMLElement);
const summary = find('#order-summary', HTMLElement);
const cardForm = find('[data-card]', HTMLElement);

const MOST_UNITS = 10;
const asked = new URLSearchParams(location.search);
const sku = asked.get('sku')?.slice(0, 64);
let lines = linesToBuy();
/** @type {Quote | null} */
let quote = null;
/** @type {Card | null} */
let card = null;
/** The promo code: as typed, as it is asked for, and why it does not count. */
let promo = { typed: cart.promoCode(), code: cart.promoCode(), problem: '' };
let asking = new AbortController();
/** Whether the last quote could not be had. */
let unpriced = false;
/** Whether the page still opens: nobody has done anything, so the keyboard stays where it is. */
let opening = true;
/** @type {Desk} */
const desk = {
  form,
  settling: false,
  lines: () => lines,
  nameOf: (sku) => quote?.lines.find((line) => line.sku === sku)?.name ?? sku,
  ask,
  dropPromo,
  followCart,
  onwards,
  ordered,
  showQuote,
  tell,
  wayToChange,
};

function linesToBuy() {
  if (sku) return [{ sku, quantity: Math.min(Math.max(Math.trunc(Number(asked.get('quantity'))) || 1, 1), MOST_UNITS) }];
  return cart.lines().map((line) => ({ sku: line.sku, quantity: line.quantity }));
}

// --- What it costs

/** Ask what the lines cost with the delivery and the promo code that are chosen now. */
async function ask() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const { delivery } = valuesOf(form);
  const body = { lines, delivery: { method: delivery.method, country: delivery.address.country }, ...(promo.code && { promo_code: promo.code }) };
  pay.disabled = true;
  pay.textContent = 'Pay';
  summary.ariaBusy = 'true';
  unpriced = false;
  try {
    showQuote(await call('POST', '/quotes', { body, signal, repeatable: true }));
    note(`Showed what ${lines.length === 1 ? 'one line costs' : `${lines.length} lines cost`}, and put the total on the button`);
  } catch (error) {
    if (signal.aborted) return;
    unpriced = true;
    render(trouble(`${wordsFor(error)} Without today’s prices there is nothing to pay yet. Nothing was charged, and what you typed is kept.`, ask), summary);
  }
  summary.ariaBusy = null;
}

/**
 * Buy what the cart holds now; where that is something else than was shown, show it first.
 * @returns whether it was something else
 */
function followCart() {
  const now = linesToBuy();
  if (desk.settling || JSON.stringify(now) === JSON.stringify(lines)) return false;
  lines = now;
  quote = null;
  if (lines.length === 0) {
    asking.abort();
    offerNothing('This cart was bought or emptied meanwhile', 'There is nothing left to buy here.');
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
  const refusal = promoProblem(fresh);
  if (promo.code) promo.problem = refusal?.detail ?? '';
  const problems = fresh.problems.filter((problem) => problem !== refusal);
  const free = isFree(fresh);
  pay.disabled = problems.length > 0 || !(card || free);
  pay.textContent = free ? 'Place the order' : `Pay ${format(fresh.total)}`;
  cardForm.hidden = free;
  for (const field of cardForm.querySelectorAll('input')) field.disabled = free;
  if (!free) card?.update(fresh.total);
  for (const label of findAll('[data-method-price]')) {
    const offered = fresh.delivery_methods.find(({ method }) => method === label.dataset.methodPrice);
    label.textContent = offered ? priceOrFree(offered.price) : 'Not offered';
  }
  render(
    html`
      ${lineList(fresh.lines)}
      ${fresh.lines.map(priceNotice)}
      ${problems.map(problemNotice)}
      ${promoView(promo, fresh.promotion, () => tryPromo(''))}
      ${totals(fresh)}
      ${toFreeDelivery(fresh, summary.dataset.freeMethod)}
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
 * Price the order with another promo code, or with none; the keyboard goes to where the code stands now.
 * @param {string} code
 */
async function tryPromo(code) {
  promo = { typed: code, code, problem: '' };
  cart.setPromoCode(code);
  await ask();
  findAll(promo.problem ? '#promo-code' : '[data-promo-remove], [data-promo]', summary)[0]?.focus();
}

const typedPromo = () => summary.querySelector('input')?.value.trim() ?? promo.typed;

/** A promo code that was typed but never applied counts too, and is shown before it is paid. */
async function tryPromoFirst() {
  await tryPromo(typedPromo());
  if (quote?.promotion) tell(html`<h2>Your promo code is in the total now</h2><p>It comes to <strong>${format(quote.total)}</strong>. If that is all right, pay.</p>`);
}

// --- Paying

/** @param {Quote} quote */
const isFree = ({ total }) => total.amount === 0;

/** @param {any} values the form's */
async function buy({ contact, delivery }) {
  if (!quote || !(card || isFree(quote))) return;
  if (typedPromo() !== promo.typed) return tryPromoFirst();
  const agreed = { lines, expected_total: quote.total, ...(quote.promotion && { promo_code: promo.code }) };
  const account = signedInAs();
  try {
    if (account && !(await isStillSignedIn())) return tellSignedOut();
  } catch (error) {
    return summarise(form, [{ message: `${wordsFor(error)} Nothing was charged, and what you typed is kept: pay again in a moment.` }]);
  }
  const method = isFree(quote) ? 'none' : await card?.token().catch((error) => summarise(form, [{ message: wordsFor(error) }]));
  if (!method) return;
  const purchase = await loadPurchase();
  if (!purchase) return summarise(form, [{ message: 'Part of this page did not load, and nothing was charged. Reload it and pay again: all but the card is kept.' }]);
  await purchase.order(desk, () => {
    if (followCart() || lines !== agreed.lines) return null;
    tell(nothing);
    const address = { name: contact.name, ...delivery.address };
    return { body: { ...agreed, contact, delivery: { ...delivery, address }, payment: { method } }, account, fromCart: !sku };
  });
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

function tellSignedOut() {
  find('[data-who]', HTMLElement).textContent = 'You are not signed in.';
  tell(html`
    <h2>You have been signed out</h2>
    <p>Nothing was charged. <a href=${signInPage()}>Sign in again</a>, or pay as a guest.</p>
  `);
}

/**
 * Go on without a promo code that a quote still believed in: only the order knows who has used it.
 * @param {ProblemError} error
 */
function dropPromo({ errors }) {
  promo = { ...promo, code: '', problem: errors.map(({ message }) => message).join(' ') };
  cart.setPromoCode('');
  tell(html`<h2>The promo code does not count</h2><p>${promo.problem} Nothing was charged. The total is now without it: if that is all right, pay again.</p>`, 'warn');
  ask();
}

// --- Opening

async function greet() {
  if (!isSignedIn()) return;
  const account = await callAsShopper('GET', '/account');
  find('[data-who]', HTMLElement).textContent = `Signed in as ${account.email}.`;
  const typed = valuesOf(form).contact ?? {};
  fill(form, { contact: { email: account.email, name: account.name, ...typed } });
}

/** @param {unknown} error why it is not known who is signed in */
function greetNobody(error) {
  if (error instanceof SignedOutError) return desk.settling || tellSignedOut();
  find('[data-who]', HTMLElement).textContent = 'You are signed in. We could not look up your details just now: you can type them.';
  throw error;
}

/** The way on where nothing can be bought. */
function onwards() {
  return html`<p class="row">${lines.length && !sku ? html`<a class="btn" href="/cart">Change your cart</a>` : html`<a class="btn" href="/search">See everything</a>`}</p>`;
}

/** The way to what was ordered from this very page, before *Back* led here again. */
function ordered() {
  const { order } = history.state ?? {};
  return order && html`<a href=${order}>See the order that you placed from here.</a>`;
}

/**
 * Put the way on in the form's place.
 * @param {string} heading
 * @param {string} [words]
 */
function offerNothing(heading, words = '') {
  if (desk.settling) return;
  form.hidden = true;
  tell(html`<h2>${heading}</h2><p>${words} ${ordered()}</p>${onwards()}`);
}

/** Show the card form of the gateway. */
async function mount() {
  try {
    const { mountCard } = await GATEWAYS[gateway]();
    card = await mountCard(cardForm, quote?.total ?? { amount: 0, currency: '' });
    if (quote) showQuote(quote);
  } catch {
    render(trouble('The card form did not load. Nothing was charged.', () => location.reload()), cardForm);
  }
  cardForm.ariaBusy = null;
}

/** Load what a purchase takes: when the shopper begins to type, so that it is there before anything is sent. */
const loadPurchase = () => import('../purchase.js').catch(() => null);

/** Tell of a purchase under way, which attempt.js keeps, or of what was ordered from this very page. */
async function tellPast() {
  const kept = localStorage.getItem('purchase') !== null;
  if (!kept && !desk.settling && !ordered()) return;
  form.hidden = kept;
  const purchase = await loadPurchase();
  if (purchase) return purchase.tellPast(desk);
  render(trouble('Part of this page did not load. Nothing was charged.', () => location.reload()), outcome);
  outcome.hidden = false;
}

async function start() {
  addEventListener('pagehide', keepTyped);
  restoreTyped();
  for (const input of findAll('[name="delivery.method"], #country')) input.addEventListener('change', ask);
  find('#promo', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    tryPromo(typedPromo());
  });
  handle(form, buy);
  form.addEventListener('focusin', loadPurchase, { once: true });
  cart.onCartChange(followCart);
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) tellPast();
    followCart();
  });
  await tellPast();
  if (!sku) shareCart(true);
  find('[data-sign-in]', HTMLAnchorElement).href = signInPage();
  onReconnect(() => unpriced && ask());
  const greeted = readSoon(() => greet().catch(greetNobody));
  if (lines.length === 0) offerNothing('Your cart is empty');
  else await Promise.all([ask(), mount()]);
  opening = false;
  await greeted;
}

await start();
