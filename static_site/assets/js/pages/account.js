/** The account: what it waits for, its orders, its name, and the way out. */

/** @import { Account, Order } from '../../../types/api' */
import '../shell.js';
import { html, nothing, render } from '../../vendor/lit-html.js';
import { readSoon, wordsFor } from '../api.js';
import { find } from '../dom.js';
import { fill, handle, pending } from '../forms.js';
import { callAsMember, openPage } from '../members.js';
import { format, formatDate } from '../money.js';
import { note } from '../recorder.js';
import { signOut } from '../session.js';
import { orderPage, statusOf, trouble } from '../views.js';

const PICTURES = 4;
const ROLES = { staff: 'You work here: this account is staff.', owner: 'This shop is yours: this account is its owner.' };
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
  render(noticesFor(account), find('[data-notices]', HTMLElement));
}

/**
 * What the account waits for.
 * @param {Account} account
 */
const noticesFor = ({ email, email_verified: verified, pending_email: next, role, second_factor: safe }) => [
  role === 'shopper' ? nothing : html`<p class="hint">${ROLES[role]}</p>`,
  role === 'shopper' || safe
    ? nothing
    : html`
        <div class="notice warn">
          <h2>Set up your second step first</h2>
          <p>Before anything of the shop’s own opens to you, your account needs a second step at sign-in.</p>
          <p class="row"><a class="btn" href="/security#second-factor">Set it up</a></p>
        </div>
      `,
  next ? html`<p class="notice">We sent a link to ${next}. It becomes your address when you follow the link; until then it stays ${email}.</p>` : nothing,
  verified || next
    ? nothing
    : html`
        <div class="notice">
          <h2>Is this your address?</h2>
          <p>We sent a mail to ${email}. Follow the link in it, and we know that mails reach you.</p>
          <p class="row"><button class="btn ghost" type="button" data-pending="Sending…" @click=${sendAgain}>Send it again</button> <span class="hint" role="status" data-sent></span></p>
        </div>
      `,
];

/** @param {Event} event */
async function sendAgain({ currentTarget }) {
  const button = /** @type {HTMLButtonElement} */ (currentTarget);
  await pending(button, async () => {
    const sent = find('[data-sent]', HTMLElement);
    try {
      await callAsMember('POST', '/account/verification');
      sent.textContent = 'Sent. If it does not come, look among the spam.';
    } catch (error) {
      sent.textContent = wordsFor(error);
    }
  });
}

/** @param {Order} order */
const orderView = (order) => html`
  <li>
    <p>
      <a href=${orderPage(order)}>Order ${order.number}</a>
      <span class="hint">${formatDate(order.placed_at)} · ${statusOf(order)}</span>
    </p>
    <p class="pictures">${order.lines.slice(0, PICTURES).map((line) => html`<span class="plate"><img src=${line.image} alt=${line.name} width="400" height="500" /></span>`)}</p>
    <p class="price">${format(order.totals.total)}</p>
  </li>
`;

async function showOrders() {
  try {
    const page = await callAsMember('GET', `/orders?limit=10${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    orders = [...orders, ...page.items];
    cursor = page.next_cursor;
    render(ordersView(), orderList);
    note(`Listed ${page.items.length} orders`);
  } catch (error) {
    render(trouble(wordsFor(error), () => showOrders().catch(() => {})), orderList);
    throw error;
  } finally {
    orderList.ariaBusy = null;
  }
}

/** @param {Event} event */
const showOlder = ({ currentTarget }) => pending(/** @type {HTMLButtonElement} */ (currentTarget), () => showOrders().catch(() => {}));

const ordersView = () =>
  orders.length === 0
    ? html`<p>Nothing yet. When you buy something, it is listed here.</p><p class="row"><a class="btn" href="/search">See everything</a></p>`
    : html`<ul class="orders">${orders.map(orderView)}</ul>${cursor ? html`<button class="btn ghost" type="button" data-pending="Fetching…" @click=${showOlder}>Older orders</button>` : nothing}`;

handle(rename, async (body) => {
  showAccount(await callAsMember('PATCH', '/account', { body }));
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

const ordersShown = readSoon(showOrders);
await openPage(async (account) => {
  showAccount(account);
  await ordersShown;
});
