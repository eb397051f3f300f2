/** Signing in, in one step or two: on success, on to `?next=` or the account. */

import { shareCart } from '../shell.js';
import { call, ProblemError } from '../api.js';
import { find, findAll } from '../dom.js';
import { handle } from '../forms.js';
import { begin, keepNext, nextPage } from '../session.js';

const form = find('#sign-in', HTMLFormElement);
const lead = find('[data-lead]', HTMLElement);
const credentials = find('[data-credentials]', HTMLFieldSetElement);
const secondStep = find('[data-second-step]', HTMLFieldSetElement);
const ways = find('[data-second-step-ways]', HTMLElement);
const code = find('#code', HTMLInputElement);
const letters = find('[data-letters]', HTMLButtonElement);
const greeting = new URLSearchParams(location.search).has('next') ? 'Sign in to go on.' : lead.textContent;

/**
 * Ask for the code, or for address and password again, which are kept meanwhile.
 * @param {boolean} asked
 */
function askForCode(asked) {
  credentials.hidden = asked;
  secondStep.hidden = secondStep.disabled = !asked;
  ways.hidden = !asked;
  for (const way of findAll('[data-first-step]')) way.hidden = asked;
  lead.textContent = asked ? 'That password is right. One more step.' : greeting;
  code.value = '';
  acceptLetters(false);
}

/** @param {boolean} accepted whether phones offer letters too: a recovery code has some */
function acceptLetters(accepted) {
  code.inputMode = accepted ? 'text' : 'numeric';
  letters.hidden = accepted;
}

/** @param {unknown} error */
function nextStep(error) {
  const reason = error instanceof ProblemError ? error.code : '';
  if (reason === 'wrong_credentials') askForCode(false);
  if (reason !== 'second_factor_required') throw error;
  askForCode(true);
  code.focus();
}

letters.addEventListener('click', () => {
  acceptLetters(true);
  code.focus();
});
find('[data-restart]', HTMLButtonElement).addEventListener('click', () => {
  askForCode(false);
  find('#email', HTMLInputElement).focus();
});

keepNext();
askForCode(false);
handle(
  form,
  async (body) => {
    try {
      begin(await call('POST', '/sessions', { body, cookie: true }));
      await shareCart();
      location.replace(nextPage());
    } catch (error) {
      nextStep(error);
    }
  },
  { wrong_code: { field: 'code', message: 'This code is not right, or its time is over. Try the one your app shows now.' } },
);
