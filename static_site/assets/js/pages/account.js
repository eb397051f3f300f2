/** The account: its orders, its name, and the way out. A stranger is sent to sign in first. */

/** @import { Account, Order } from '../../../types/api' */
import '../shell.js';
import { html, nothing, render } from '../../vendor/lit-html.js';
import { wordsFor } from '../api.js';
import { find } from '../dom.js';
import { fill, handle, pending } from '../forms.js';
import { format, formatDate } from '../money.js';
import { signInPage } from '../next.js';
import { callAsShopper, isSignedIn, signOut, SignedOutError } from '../session.js';
import { orderPage, STATUS, trouble } from '../views.js';

const PICTURES = 4;
const orderList = find('#order-list', HTMLElement);
const rename = find('#rename', HTMLFormElement);
const leave = find('[data-sign-out]', HTMLButtonElement);

/** @type {Order[]} */
let orders = [];
/** @type {string | null} */
let cursor = null;

/** @param {Account} account */
function showAccount(account) {
  find('[data-greeting]', HTMLElement).textContent = `Hello, ${account.name}`;
  find('[data-email]', HTMLElement).textContent = account.email;
  fill(rename, { name: account.name });
}

/** @param {Order} order */
const orderView = (order) => html`
  <li>
    <p>
      <a href=${orderPage(order)}>Order ${order.number}</a>
      <span class="hint">${formatDate(order.placed_at)} · ${STATUS[order.status]}</span>
    </p>
    <p class="pictures">${order.lines.slice(0, PICTURES).map((line) => html`<span class="plate"><img src=${line.image} alt=${line.name} width="400" height="500" /></span>`)}</p>
    <p class="price">${format(order.totals.total)}</p>
  </li>
`;

async function showOrders() {
  try {
    const page = await callAsShopper('GET', `/orders?limit=10${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    orders = [...orders, ...page.items];
    cursor = page.next_cursor;
    render(ordersView(), orderList);
  } catch (error) {
    if (error instanceof SignedOutError) throw error;
    render(trouble(wordsFor(error), showOrders), orderList);
  }
  orderList.ariaBusy = null;
}

const ordersView = () =>
  orders.length === 0
    ? html`<p>Nothing yet. When you buy something, it is listed here.</p><p class="row"><a class="btn" href="/search">See everything</a></p>`
    : html`<ul class="orders">${orders.map(orderView)}</ul>${cursor ? html`<button class="btn ghost" type="button" @click=${showOrders}>Older orders</button>` : nothing}`;

handle(rename, async (body) => {
  showAccount(await callAsShopper('PATCH', '/account', { body }));
  find('[data-saved]', HTMLElement).textContent = 'Saved.';
});

leave.addEventListener('click', () =>
  pending(leave, async () => {
    try {
      await signOut();
      location.assign('/');
    } catch (error) {
      find('[data-leaving]', HTMLElement).textContent = `You are still signed in. ${wordsFor(error)}`;
    }
  }),
);

async function start() {
  try {
    await Promise.all([callAsShopper('GET', '/account').then(showAccount), showOrders()]);
  } catch (error) {
    if (error instanceof SignedOutError) location.replace(signInPage('/account'));
    else render(trouble(wordsFor(error), start), orderList);
  }
}

if (isSignedIn()) await start();
else location.replace(signInPage('/account'));
