/**
 * The purchase under way: kept from the click on *Pay* until its outcome is known, over reloads and for every tab, so
 * that a repeat carries the same Idempotency-Key and can never pay twice.
 *
 *     await alone(async () => {
 *       const order = await place(begin({ body, account: signedInAs(), fromCart: true }));
 *       conclude(order);
 *     });
 *
 * One tab at a time works on it. It is forgotten after a day: no order waits that long.
 */

/** @import { Order, OrderRequest } from '../../types/api' */
import { call, ProblemError, sleep } from './api.js';
import { setPromoCode, take } from './cart.js';
import { callAsShopper } from './session.js';

/**
 * @typedef {object} Purchase
 * @property {OrderRequest} body
 * @property {string | null} account the id of whose it is, which every repeat must be too; a guest's is nobody's
 * @property {boolean} fromCart whether the cart loses these lines once they are bought
 */
/** @typedef {{ id: string, key?: string, bank?: string }} Placed the order that came of it, a guest's key to it, and where the bank waits */
/** @typedef {Purchase & { key: string, at: number, order?: Placed }} Attempt */

const STORED = 'purchase';
const DAY_MS = 86_400_000;
/** How long to repeat while nothing is known, and once an order stands, whose own page then goes on. */
const PATIENCE_MS = 30_000;
const PATIENCE_WITH_ORDER_MS = 5_000;
const PAUSE_MS = 1_000;
/** @type {Order['status'][]} */
const BOUGHT = ['paid', 'shipped'];

/**
 * Work on a purchase while no other tab does.
 * @param {() => unknown} work
 */
export const alone = async (work) => void (await navigator.locks.request('purchase', async () => void (await work())));

/**
 * Begin a purchase under a key of its own.
 * @param {Purchase} purchase
 * @returns {Attempt}
 */
export const begin = (purchase) => store({ ...purchase, key: crypto.randomUUID(), at: Date.now() });

/** @param {Attempt} attempt */
function store(attempt) {
  localStorage.setItem(STORED, JSON.stringify(attempt));
  return attempt;
}

/** @returns {Attempt | null} the purchase whose outcome is not known */
export function unresolved() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORED) ?? 'null');
    if (typeof kept?.key === 'string' && Array.isArray(kept.body?.lines) && Date.now() - kept.at < DAY_MS) return kept;
  } catch {
    // Nothing that was written here.
  }
  localStorage.removeItem(STORED);
  return null;
}

/** @param {Attempt} attempt */
export const isUnderWay = ({ key }) => unresolved()?.key === key;

/** Forget a purchase: its outcome is known. @param {Attempt} attempt */
export const end = (attempt) => isUnderWay(attempt) && localStorage.removeItem(STORED);

/** @param {() => void} listener hears of what other tabs do about a purchase */
export const onAttemptChange = (listener) => addEventListener('storage', ({ key }) => key === STORED && listener());

/**
 * Act on what became of an order, if it is that of the purchase under way.
 * @param {Order} order
 */
export function conclude(order) {
  const attempt = unresolved();
  // One that is called off is on its way to its end, and takes no money for good.
  if (attempt?.order?.id !== order.id || (order.status === 'pending_payment' && order.cancellable)) return;
  end(attempt);
  if (!BOUGHT.includes(order.status)) return;
  setPromoCode('');
  if (attempt.fromCart) take(order.lines);
}

/**
 * Send the purchase, again and again while the API or the bank is still at work on it: repeating is what finishes an
 * order whose payment got no clear answer. Returns it as it stands when patience ends, so it may be pending still.
 * @param {Attempt} attempt
 * @returns {Promise<Order>}
 */
export async function place(attempt) {
  const started = Date.now();
  // While the shopper's own bank waits for him, there is nothing to repeat.
  let order = attempt.order?.bank ? await fetchOrder(attempt.order.id, attempt.order.key) : null;
  if (order?.payment.action) return order;
  for (;;) {
    const late = Date.now() - started > (order ? PATIENCE_WITH_ORDER_MS : PATIENCE_MS);
    let pause = PAUSE_MS;
    try {
      order = await repeat(attempt);
      if (order.status !== 'pending_payment' || order.payment.action || late) return order;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'in_progress') throw error;
      if (late && order) return order;
      if (late) throw error;
      pause = error.retryAfterMs ?? PAUSE_MS;
    }
    await sleep(pause);
  }
}

/**
 * Send the purchase once more, and remember the order that came of it.
 * @param {Attempt} attempt
 * @returns {Promise<Order>}
 */
export async function repeat(attempt) {
  const { body, key } = attempt;
  const order = await (attempt.account ? callAsShopper : call)('POST', '/orders', { body, key });
  attempt.order = { id: order.id, key: order.order_key, bank: order.payment.action?.url };
  if (isUnderWay(attempt)) store(attempt);
  // For the way back from the bank, by which time another tab may have concluded it.
  if (order.order_key) sessionStorage.setItem(`order-key:${order.id}`, order.order_key);
  return order;
}

/**
 * The key to a guest's order that this browser has placed.
 * @param {string} id
 */
export function keyOf(id) {
  const order = unresolved()?.order;
  return (order?.id === id && order.key) || sessionStorage.getItem(`order-key:${id}`);
}

/**
 * Read an order.
 * @param {string} id
 * @param {string | null} [key] a guest's to it
 * @returns {Promise<Order>}
 */
export const fetchOrder = (id, key) => callAbout('GET', id, key);

/**
 * Call an order off. It may come back pending: then the wish is written down, and done once the bank answers.
 * @param {string} id
 * @param {string | null} [key] a guest's to it
 * @returns {Promise<Order>}
 */
export const cancelOrder = (id, key) => callAbout('POST', id, key, '/cancellation');

/**
 * @param {'GET' | 'POST'} method
 * @param {string} id
 * @param {string | null} [key]
 * @param {string} [what]
 */
function callAbout(method, id, key, what = '') {
  const path = `/orders/${encodeURIComponent(id)}${what}`;
  return key ? call(method, path, { headers: { 'X-Order-Key': key } }) : callAsShopper(method, path);
}
