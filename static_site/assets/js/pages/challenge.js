/**
 * The sandbox's bank, which asks the shopper to confirm a payment, as a card's own bank would.
 *
 * `/challenge?payment=ID`. The answer leads back to where the shop wants the shopper, on this site only.
 */

/** @import { BankChallenge } from '../../../types/api' */
import { call, ProblemError, wordsFor } from '../api.js';
import { find, findAll, showStep } from '../dom.js';
import { pending } from '../forms.js';
import { format } from '../money.js';

const payment = new URLSearchParams(location.search).get('payment') ?? '';
const path = `/sandbox/challenges/${encodeURIComponent(payment)}`;
const trouble = find('[data-trouble-text]', HTMLElement);
const retry = find('[data-retry]', HTMLButtonElement);

async function open() {
  try {
    show(await call('GET', path));
  } catch (error) {
    find('[data-failure]', HTMLElement).textContent = wordsFor(error);
    showStep(isUnknown(error) ? 'unknown' : 'failed');
  }
}

/** @param {unknown} error */
const isUnknown = (error) => error instanceof ProblemError && error.status < 500 && error.status !== 429;

/** @param {BankChallenge} challenge */
function show(challenge) {
  find('[data-amount]', HTMLElement).textContent = format(challenge.amount);
  find('[data-back]', HTMLAnchorElement).href = wayBack(challenge);
  showStep(challenge.open ? 'ask' : 'answered');
}

/** @param {BankChallenge} challenge */
function wayBack({ return_url }) {
  const url = URL.parse(return_url);
  return url?.origin === location.origin ? url.href : '/';
}

/** @param {HTMLButtonElement} button */
async function answer(button) {
  trouble.textContent = '';
  try {
    location.replace(wayBack(await call('POST', path, { body: { approve: button.dataset.answer === 'yes' } })));
  } catch (error) {
    trouble.textContent = `${wordsFor(error)} You can answer again: only the first answer counts.`;
  }
}

for (const button of findAll('[data-answer]')) {
  button.addEventListener('click', ({ currentTarget }) => {
    const pressed = /** @type {HTMLButtonElement} */ (currentTarget);
    return pending(pressed, () => answer(pressed));
  });
}
retry.addEventListener('click', () => pending(retry, open));
// A page out of the back-forward cache may ask what has long been answered.
addEventListener('pageshow', (event) => event.persisted && open());

if (payment) await open();
else showStep('unknown');
