/**
 * The pages of a signed-in shopper: account, security, devices. Anybody else goes to sign in, and comes back.
 *
 *     await openPage((account) => fill(rename, account));
 *     await callAsMember('PUT', '/account/password', { body });
 */

/** @import { Account } from '../../types/api' */
/** @import { CallOptions, Method } from './api.js' */
import { onReconnect, wordsFor } from './api.js';
import { find, findAll } from './dom.js';
import { keepTyped, restoreTyped } from './forms.js';
import { callAsShopper, isSignedIn, signInPage, SignedOutError } from './session.js';

/**
 * Fetch the account, show it and open the page; if that fails, say so and offer to try again.
 * @param {(account: Account) => unknown} show
 */
export async function openPage(show) {
  addEventListener('pageshow', (event) => event.persisted && !isSignedIn() && toSignIn());
  addEventListener('storage', () => !isSignedIn() && toSignIn());
  find('[data-retry]', HTMLButtonElement).addEventListener('click', () => tryToOpen(show));
  onReconnect(() => !find('[data-trouble]', HTMLElement).hidden && tryToOpen(show));
  await tryToOpen(show);
}

/** @param {(account: Account) => unknown} show */
async function tryToOpen(show) {
  const trouble = find('[data-trouble]', HTMLElement);
  const waiting = find('[data-waiting]', HTMLElement);
  trouble.hidden = true;
  waiting.hidden = false;
  try {
    await show(await callAsMember('GET', '/account'));
    find('[data-content]', HTMLElement).hidden = false;
    restoreTyped();
  } catch (error) {
    find('[data-trouble-text]', HTMLElement, trouble).textContent = wordsFor(error);
    trouble.hidden = false;
  }
  waiting.hidden = true;
}

/**
 * Call the API as the signed-in shopper; once the session has ended, there is no answer: the page is left.
 * @param {Method} method
 * @param {string} path
 * @param {CallOptions} [options]
 * @returns {Promise<any>}
 */
export async function callAsMember(method, path, options) {
  try {
    return await callAsShopper(method, path, options);
  } catch (error) {
    if (error instanceof SignedOutError) return toSignIn();
    throw error;
  }
}

/** Tell the forms whose password they ask for. @param {Account} account */
export function nameUser({ email }) {
  for (const field of findAll('input[data-username]')) field.setAttribute('value', email);
}

/** Go to sign in, and come back to what was typed. */
function toSignIn() {
  keepTyped();
  location.replace(signInPage());
  return new Promise(() => {});
}
