/**
 * Keeps this browser's cart and the account's the same. The shell loads it, for who is signed in: `await shareCart()`.
 *
 * A change is sent soon after, under the ETag on which both last agreed; after a 412, what changed here since goes into
 * what the account holds now. Where they never agreed, the larger quantity counts. What fails is told nowhere: the next
 * change or page sends it. What is not sold any more stays in the account, unseen.
 */

/** @import { Quote } from '../../types/api' */
/** @import { CartLine } from './cart.js' */
import { call, sleep } from './api.js';
import { lines, onCartChange, save } from './cart.js';
import { callAsShopper, signedInAs } from './session.js';

/** @typedef {Map<string, number>} Units by sku */
/** @typedef {{ etag: string, kept: Units, shown?: Units }} Agreed what the account holds, and what of it is shown here */

const STORED = 'agreed-cart';
const PAUSE_MS = 500;
const PATIENCE_MS = 4_000;
const TRIES = 5;

let timer = 0;

/**
 * Bring both carts together; resolves when that is done, has failed or takes too long.
 * @param {boolean} [pull] take over what changed elsewhere, too
 */
export const share = (pull) => Promise.race([alone(() => agree(pull)).catch(() => {}), sleep(PATIENCE_MS)]);

/**
 * Sign out, and empty this browser if the account has it all.
 * @param {() => Promise<void>} end
 */
export const handBack = (end) =>
  alone(async () => {
    await agree().catch(() => {});
    const { shown } = agreed();
    await end();
    if (!shown || !same(shown, units(lines()))) return;
    // In this order, or an empty cart would pass for one from which everything was removed.
    localStorage.removeItem(STORED);
    save([]);
  });

/** One tab at a time. @param {() => Promise<void>} work */
const alone = async (work) => void (await navigator.locks.request('cart', work));

/** @param {boolean} [pull] */
async function agree(pull) {
  const account = signedInAs();
  if (!account) return;
  const before = agreed();
  let theirs = pull || !before.shown ? await ask() : before;
  for (let left = TRIES; left; left -= 1) {
    const mine = units(lines());
    const wanted = merge(before.shown, mine, theirs.kept);
    if (!same(wanted, theirs.kept)) theirs = await ask(theirs.etag, wanted);
    if (same(wanted, theirs.kept)) return theirs === before ? undefined : adopt(account, mine, theirs);
  }
}

/** @returns {Agreed} */
function agreed() {
  try {
    const { account, etag, kept, shown } = JSON.parse(localStorage.getItem(STORED) ?? '');
    if (account === signedInAs()) return { etag, kept: new Map(kept), shown: new Map(shown) };
  } catch {
    // Nothing is stored, or nothing that was written here.
  }
  return { etag: '', kept: new Map() };
}

/**
 * Read the account's cart, or replace it; a 412 says what it holds now.
 * @param {string} [etag]
 * @param {Units} [wanted]
 * @returns {Promise<Agreed>}
 */
async function ask(etag = '', wanted) {
  const cart = await callAsShopper(wanted ? 'PUT' : 'GET', '/cart', {
    ...(wanted && { body: { lines: [...wanted].map(([sku, quantity]) => ({ sku, quantity })) }, headers: { 'If-Match': etag }, keepalive: true }),
    answered: (response) => void (etag = response.headers.get('ETag') ?? ''),
  }).catch((error) => error.cart ?? Promise.reject(error));
  return { etag, kept: units(cart.lines) };
}

/**
 * Show here what the account holds now, but for what changed here since it was sent.
 * @param {string} account
 * @param {Units} sent
 * @param {Agreed} theirs
 */
async function adopt(account, sent, { etag, kept }) {
  const here = units(lines());
  const asked = [...kept.keys()].filter((sku) => !here.has(sku)).map((sku) => ({ sku, quantity: 1 }));
  /** @type {Pick<Quote, 'lines'>} */
  const quote = asked.length ? await call('POST', '/quotes', { body: { lines: asked }, repeatable: true }) : { lines: [] };
  // Nothing waits from here on, so no change falls in between.
  const items = [...lines(), ...quote.lines.map(({ sku, name, slug, image, unit_price: price }) => ({ sku, name, slug, image, price }))];
  const mine = units(lines());
  const shown = new Map([...kept].filter(([sku]) => sent.has(sku) || items.some((item) => item.sku === sku)));
  const wanted = merge(sent, mine, shown);
  // The cart goes first: were the page to end here, lines would be sent once more, and none be taken for removed.
  if (!same(wanted, mine)) save([...wanted].map(([sku, quantity]) => /** @type {CartLine} */ ({ ...items.find((item) => item.sku === sku), quantity })));
  localStorage.setItem(STORED, JSON.stringify({ account, etag, kept: [...kept], shown: [...shown] }));
}

/** @type {(some: { sku: string, quantity: number }[]) => Units} */
const units = (some) => new Map(some.map(({ sku, quantity }) => [sku, quantity]));

/**
 * Put what changed here since `base` into what is there.
 * @param {Units | undefined} base
 * @param {Units} here
 * @param {Units} there
 */
function merge(base, here, there) {
  /** @type {Units} */
  const merged = new Map();
  for (const sku of [...here.keys(), ...there.keys()]) {
    const mine = here.get(sku) ?? 0;
    const theirs = there.get(sku) ?? 0;
    const unchanged = base && mine === (base.get(sku) ?? 0);
    const quantity = unchanged ? theirs : base ? mine : Math.max(mine, theirs);
    if (quantity) merged.set(sku, quantity);
  }
  return merged;
}

/** @type {(some: Units, others: Units) => boolean} */
const same = (some, others) => some.size === others.size && [...some].every(([sku, quantity]) => others.get(sku) === quantity);

onCartChange(() => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    timer = 0;
    share();
  }, PAUSE_MS);
});

// Nobody hears the answer: the next page finds out.
addEventListener('pagehide', () => {
  const { etag, kept, shown } = agreed();
  const wanted = merge(shown, units(lines()), kept);
  if (timer && shown && !same(wanted, kept)) ask(etag, wanted).catch(() => {});
});
