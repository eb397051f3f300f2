/**
 * The cart: what lies in it, what that costs now, and what stands in the way of buying it.
 *
 * Changes show at once; prices and delivery come from a quote after each change. Nothing old is shown as current:
 * without a quote there is no total and no way to the checkout.
 */

/** @import { Quote, QuoteProblem } from '../../../types/api' */
/** @import { CartLine } from '../cart.js' */
/** @import { Stock } from '../stock.js' */
import { shareCart } from '../shell.js';
import { html, nothing, render } from '../../vendor/lit-html.js';
import { call, onReconnect, wordsFor } from '../api.js';
import { lines, onCartChange, promoCode, rememberPrices, remove, restore, setPromoCode, setQuantity } from '../cart.js';
import { find } from '../dom.js';
import { format } from '../money.js';
import { note } from '../recorder.js';
import { mostOf, stockOf } from '../stock.js';
import { promoProblem, promoView, toFreeDelivery, totals, trouble } from '../views.js';

const QUANTITIES = 10;
const root = find('#cart', HTMLElement);

/** @type {Quote | null} */
let quote = null;
/** @type {Stock} */
let stock = new Map();
let failure = '';
/** @type {{ line: CartLine, index: number } | null} */
let removed = null;
/** What each line cost when the shopper last saw it, if that was something else. @type {Map<string, CartLine['price']>} */
const formerPrices = new Map();
/** The promo code as typed, why it does not count, what it does, and whether a quote has told. */
let promo = { typed: promoCode(), problem: '', does: /** @type {string | null} */ (null), known: false };
let asking = new AbortController();

/** Ask what the cart costs now; an answer to an older cart is not waited for. */
async function ask() {
  asking.abort();
  asking = new AbortController();
  quote = null;
  failure = '';
  show();
  const wanted = lines().map(({ sku, quantity }) => ({ sku, quantity }));
  if (wanted.length === 0) return;
  const { signal } = asking;
  learnStock();
  try {
    const fresh = await priced(wanted, signal);
    if (signal.aborted) return;
    quote = fresh;
    noticePrices(quote);
    note('Showed the prices and the total');
    promo = { ...promo, problem: promoProblem(quote)?.detail ?? '', does: quote.promotion, known: true };
    say(`The total is ${format(quote.total)}.`);
  } catch (error) {
    if (signal.aborted) return;
    failure = wordsFor(error);
  }
  show();
}

/** Ask how much is left, which ends the choice of quantities; nothing waits for it. */
async function learnStock() {
  stock = await stockOf(lines().map(({ sku }) => sku)).catch(() => stock);
  show();
}

/**
 * @param {{ sku: string, quantity: number }[]} wanted
 * @param {AbortSignal} signal
 * @returns {Promise<Quote>}
 */
const priced = (wanted, signal) => call('POST', '/quotes', { body: { lines: wanted, ...(promo.typed && { promo_code: promo.typed }) }, signal, repeatable: true });

/**
 * Price the cart with another promo code, or with none; the keyboard goes to where the code stands now.
 * @param {string} code
 */
async function tryPromo(code) {
  promo = { ...promo, typed: code, problem: '', does: null };
  setPromoCode(code);
  await ask();
  const next = root.querySelector(promo.problem ? '#promo-code' : '[data-promo-remove], [data-promo]');
  if (next instanceof HTMLElement) next.focus();
}

/** @param {string} words */
function say(words) {
  find('[data-said]', HTMLElement).textContent = words;
}

/** @param {Quote} fresh */
function noticePrices(fresh) {
  for (const line of lines()) {
    const now = fresh.lines.find((one) => one.sku === line.sku)?.unit_price;
    if (now && now.amount !== line.price.amount) formerPrices.set(line.sku, line.price);
  }
  rememberPrices(fresh.lines);
}

/** @param {string} sku */
function takeOut(sku) {
  const index = lines().findIndex((line) => line.sku === sku);
  const line = lines()[index];
  if (!line) return;
  removed = { line, index };
  remove(sku);
  say(`Removed ${line.name}.`);
  find('[data-undo]', HTMLButtonElement).focus();
}

function putBack() {
  if (!removed) return;
  const { line, index } = removed;
  removed = null;
  restore(line, index);
  say(`${line.name} is back in the cart.`);
  find(`#quantity-${line.sku}`, HTMLSelectElement).focus();
}

const undo = () =>
  removed
    ? html`<p class="notice undo"><span>Removed ${removed.line.name}.</span> <button class="quiet" type="button" data-undo @click=${putBack}>Undo</button></p>`
    : nothing;

const empty = () => html`
  <div class="empty">
    <div class="plate"><img src="/assets/images/hook.svg" alt="" width="400" height="500" /></div>
    <div>
      <p class="lead">Your cart is empty. What you put in it stays here, in this browser, until you buy it or take it out.</p>
      <p class="row"><a class="btn" href="/search">See everything</a> <a class="more" href="/">Start at the beginning</a></p>
    </div>
  </div>
`;

/** @param {CartLine} line */
function lineView(line) {
  const quoted = quote?.lines.find((one) => one.sku === line.sku);
  const most = mostOf(stock.get(line.sku));
  const former = formerPrices.get(line.sku);
  const sum = quoted?.line_total ?? { ...line.price, amount: line.price.amount * line.quantity };
  return html`
    <li>
      <div class="plate"><img src=${line.image} alt="" width="400" height="500" /></div>
      <div class="what">
        <h2><a href="/products/${line.slug}?sku=${line.sku}">${line.name}</a></h2>
        <p class="hint">${format(quoted?.unit_price ?? line.price)} each${failure ? ', when you last looked' : ''}</p>
        ${former && quoted ? html`<p class="warn">The price has changed: it was ${format(former)}.</p>` : nothing}
        ${problemsOf(line.sku).map((problem) => html`<p class="bad">${problem.detail}</p>`)}
      </div>
      <div class="amount">
        <label class="hide" for="quantity-${line.sku}">Quantity of ${line.name}</label>
        <select id="quantity-${line.sku}" autocomplete="off" @change=${(/** @type {Event} */ event) => setQuantity(line.sku, Number(/** @type {HTMLSelectElement} */ (event.target).value))}>
          ${Array.from({ length: Math.max(QUANTITIES, line.quantity) }, (_, index) => html`<option .selected=${index + 1 === line.quantity} ?disabled=${index + 1 > most}>${index + 1}</option>`)}
        </select>
        <button class="quiet" type="button" @click=${() => takeOut(line.sku)}>Remove<span class="hide"> ${line.name}</span></button>
      </div>
      <p class="price">${format(sum)}</p>
    </li>
  `;
}

/**
 * @param {string | null} sku null for what concerns the whole cart
 * @returns {QuoteProblem[]}
 */
const problemsOf = (sku) => quote?.problems.filter((problem) => problem.sku === sku) ?? [];

function summary() {
  if (failure) return trouble(`${failure} Your cart is safe. Its prices are as you last saw them and may have changed, so there is no total.`, ask);
  if (!quote) return html`<p class="hint waiting">Working out the total…</p>`;
  const refusal = promoProblem(quote);
  const ready = quote.problems.every((problem) => problem === refusal);
  return html`
    ${totals(quote)}
    <p class="hint">${quote.delivery_methods[0]?.name}, ${quote.delivery_methods[0]?.promise}. You can choose another at the checkout.</p>
    ${toFreeDelivery(quote, root.dataset.freeMethod)}
    ${problemsOf(null).map((problem) => problem === refusal ? nothing : html`<p class="bad">${problem.detail}</p>`)}
    ${ready ? html`<a class="btn wide" href="/checkout">Check out</a>` : html`<p class="notice warn">Change or remove the lines with a note, then you can check out.</p>`}
  `;
}

function show() {
  const inCart = lines();
  root.ariaBusy = quote || failure || inCart.length === 0 ? null : 'true';
  render(
    inCart.length === 0
      ? [undo(), empty()]
      : html`
          <div class="split">
            <div>${undo()}<ul class="lines">${inCart.map(lineView)}</ul></div>
            <aside class="summary" aria-labelledby="summary">
              <h2 id="summary">What it comes to</h2>
              ${promo.known ? promoView(promo, promo.does, () => tryPromo('')) : nothing}
              ${summary()}
            </aside>
          </div>
        `,
    root,
  );
}

function open() {
  shareCart(true);
  return ask();
}

find('#promo', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  tryPromo(find('#promo-code', HTMLInputElement).value.trim());
});
onCartChange(ask);
onReconnect(() => failure && ask());
addEventListener('pageshow', (event) => event.persisted && open());
await open();
// Nobody looks for the trail of a shopper who has none.
if (localStorage.getItem('seen')) await import('../recently-seen.js').then(({ showSeen }) => showSeen(), () => {});
