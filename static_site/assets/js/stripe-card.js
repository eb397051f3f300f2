/**
 * The card form of Stripe: its fields stand in a frame of Stripe's own, so that no number ever comes to this page.
 *
 *     const card = await mountCard(container, quote.total);
 *     const method = await card.token();    // 'ctoken_…'; what is wrong with the card is thrown, in words for the shopper
 *     card.update(quote.total);
 */

/** @import { Money } from '../../types/api' */
/** @import { Elements, Stripe, StripeProblem } from '../../types/stripe' */
import { find } from './dom.js';

// The release that belongs to the API's version; it must come from Stripe, and as Stripe has it today.
const SCRIPT = 'https://js.stripe.com/endive/stripe.js';
const STRIPES = /^https:\/\/([\w-]+\.)*js\.stripe\.com$/;
// What costs nothing never comes before Stripe, whose form takes no such amount.
const LEAST = 100;

/** @type {Promise<Stripe> | undefined} */
let loading;

/**
 * Show the form, or else throw. Where it is not yet known what is to be paid, it is shown by the first `update`.
 * @param {HTMLElement} container
 * @param {Money} total with no currency where it is not known
 */
export async function mountCard(container, total) {
  const stripe = await (loading ??= load());
  /** @type {Elements | undefined} */
  let elements;
  /** @type {Promise<void> | undefined} */
  let shown;

  /** @param {Money} money */
  function update({ amount, currency }) {
    if (!currency) return;
    const due = { amount: Math.max(amount, LEAST), currency: currency.toLowerCase() };
    if (elements) return elements.update(due);
    elements = stripe.elements({
      ...due,
      // As chalicelib/payments/stripe.py makes its payments: where the two differ, Stripe refuses.
      mode: 'payment',
      captureMethod: 'manual',
      allowedPaymentMethodTypes: ['card'],
      locale: 'auto',
      appearance: { theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'stripe' },
    });
    shown = show(elements, container);
    // Whoever asks for a token hears of it.
    shown.catch(() => {});
  }

  update(total);
  await shown;
  return {
    token: async () => {
      await shown;
      if (!elements) throw wordsOf();
      return tokenOf(stripe, elements);
    },
    update,
    label: 'Card',
  };
}

/** Load Stripe's script. */
async function load() {
  // It fetches more of itself by plain addresses; for these, Trusted Types ask the policy of this name.
  globalThis.trustedTypes?.createPolicy('default', {
    createScriptURL: (url) => (STRIPES.test(new URL(url, location.href).origin) ? url : null),
  });
  const script = Object.assign(document.createElement('script'), { src: SCRIPT });
  await new Promise((resolve) => {
    script.onload = script.onerror = resolve;
    document.head.append(script);
  });
  if (!globalThis.Stripe) throw new Error('The card form did not load. Check your connection, then load this page again.');
  return globalThis.Stripe(find('meta[name="stripe-key"]', HTMLMetaElement).content);
}

/**
 * @param {Elements} elements
 * @param {HTMLElement} container
 * @returns {Promise<void>}
 */
function show(elements, container) {
  // Wallets open windows and send their own names; the shop takes cards.
  const form = elements.create('payment', { wallets: { applePay: 'never', googlePay: 'never', link: 'never' } });
  return new Promise((resolve, reject) => {
    form.once('ready', () => resolve());
    form.once('loaderror', ({ error }) => reject(wordsOf(error)));
    form.mount(container);
  });
}

/**
 * @param {Stripe} stripe
 * @param {Elements} elements
 */
async function tokenOf(stripe, elements) {
  const submitted = await elements.submit();
  if (submitted.error) throw wordsOf(submitted.error);
  const made = await stripe.createConfirmationToken({ elements });
  if (!made.confirmationToken) throw wordsOf(made.error);
  return made.confirmationToken.id;
}

/** @param {StripeProblem} [problem] */
const wordsOf = (problem) => new Error(problem?.message ?? 'The card could not be checked, and nothing was charged. Try again.');
