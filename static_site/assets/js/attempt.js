/**
 * The purchase under way: kept from the click on *Pay* until its outcome is known, over a reload too,
 * so that a repeat carries the same Idempotency-Key and can never pay twice.
 *
 *     const attempt = begin({ body, signedIn: isSignedIn(), fromCart: true });
 *     const order = await place(attempt);
 *     end();
 */

/** @import { Order, OrderRequest } from '../../types/api' */
import { call, ProblemError, sleep } from './api.js';
import { callAsShopper } from './session.js';

/**
 * @typedef {object} Purchase
 * @property {OrderRequest} body
 * @property {boolean} signedIn whether it is an account's, which every repeat must be too
 * @property {boolean} fromCart whether the cart loses these lines once they are bought
 */
/** @typedef {Purchase & { key: string }} Attempt */

const STORED = 'purchase';
const PATIENCE_MS = 30_000;
const DEFAULT_PAUSE_MS = 1_000;

/**
 * Begin a purchase under a key of its own.
 * @param {Purchase} purchase
 * @returns {Attempt}
 */
export function begin(purchase) {
  const attempt = { ...purchase, key: crypto.randomUUID() };
  sessionStorage.setItem(STORED, JSON.stringify(attempt));
  return attempt;
}

/** @returns {Attempt | null} the purchase whose outcome is not known */
export const unresolved = () => JSON.parse(sessionStorage.getItem(STORED) ?? 'null');

/** Forget the purchase: its outcome is known. */
export const end = () => sessionStorage.removeItem(STORED);

/**
 * Send the purchase, again and again while the API or the bank is still at work on it: repeating is what finishes an
 * order whose payment got no clear answer. Returns it as it stands when patience ends, so it may be pending still.
 * @param {Attempt} attempt
 * @returns {Promise<Order>}
 */
export async function place({ key, body, signedIn }) {
  const patient = Date.now() + PATIENCE_MS;
  const send = signedIn ? callAsShopper : call;
  for (;;) {
    let pause = DEFAULT_PAUSE_MS;
    try {
      const order = await send('POST', '/orders', { body, key });
      if (order.status !== 'pending_payment' || Date.now() > patient) return order;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'in_progress' || Date.now() > patient) throw error;
      pause = error.retryAfterMs ?? DEFAULT_PAUSE_MS;
    }
    await sleep(pause);
  }
}
