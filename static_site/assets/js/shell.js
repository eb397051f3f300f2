/**
 * What is alive in every page's frame: the cart's count, the account link, the offline banner.
 *
 *     import '../shell.js';
 */

import { count, onCartChange } from './cart.js';
import { find, findAll } from './dom.js';
import { isSignedIn, onSessionChange } from './session.js';

function showCount() {
  const badge = find('[data-cart-count]', HTMLElement);
  const things = count();
  badge.textContent = String(things);
  badge.hidden = things === 0;
}

function showAccount() {
  for (const link of findAll('a[data-account]')) {
    link.setAttribute('href', isSignedIn() ? '/account' : '/sign-in');
    find('[data-account-label]', HTMLElement, link).textContent = isSignedIn() ? 'Account' : 'Sign in';
  }
}

function showConnection() {
  find('[data-offline]', HTMLElement).textContent = navigator.onLine ? '' : 'You are offline. You can look round; the cart and checkout wait for the connection.';
}

/**
 * Bring this browser's cart and the account's together. Nothing is loaded for a guest; never rejects.
 * @param {boolean} [pull] take over what changed on other devices, too
 */
export async function shareCart(pull) {
  if (isSignedIn()) await import('./cart-sync.js').then(({ share }) => share(pull), () => {});
}

onCartChange(showCount);
onSessionChange(showAccount);
addEventListener('online', showConnection);
addEventListener('offline', showConnection);
// A page that comes back from the back-forward cache has missed what happened meanwhile.
addEventListener('pageshow', () => {
  showCount();
  showAccount();
});
showConnection();
shareCart();
