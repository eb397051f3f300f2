/** Security: the password, the address, the second step at sign-in, and what a shopper may ask of us about his data. */

/** @import { Account } from '../../../types/api' */
import '../shell.js';
import { html, nothing, render } from '../../vendor/lit-html.js';
import { wordsFor } from '../api.js';
import { find } from '../dom.js';
import { handle, pending } from '../forms.js';
import { callAsMember, nameUser, openPage } from '../members.js';
import { showSecondFactor } from '../second-factor.js';
import { forget } from '../session.js';
import { showStrength } from '../strength.js';

const FILE = 'open-kitchen-account.json';
const wrongPassword = { wrong_credentials: { field: 'password', message: 'This is not your present password' } };
const changePassword = find('#change-password', HTMLFormElement);
const changeEmail = find('#change-email', HTMLFormElement);
const fetchData = find('[data-export]', HTMLButtonElement);

/** @type {Account} */
let account;

/** @param {Account} current */
function show(current) {
  account = current;
  find('[data-address]', HTMLElement).textContent = account.email;
  render(account.pending_email ? pendingAddress(account.pending_email) : nothing, find('[data-pending-address]', HTMLElement));
  nameUser(account);
}

/** @param {string} address */
const pendingAddress = (address) => html`<p class="notice">We sent a link to ${address}. It becomes your address when you follow the link; until then nothing changes.</p>`;

/**
 * Fold a form away and say what it did.
 * @param {HTMLFormElement} form
 * @param {string} words
 */
function finish(form, words) {
  const section = /** @type {HTMLElement} */ (form.closest('section'));
  form.reset();
  form.dispatchEvent(new Event('input'));
  form.closest('details')?.removeAttribute('open');
  find('[data-said]', HTMLElement, section).textContent = words;
  find('summary', HTMLElement, section).focus();
}

/** @param {Account} data everything that is held */
function download(data) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: 'application/json' }));
  link.download = FILE;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}

const goodbye = html`
  <header class="opening">
    <h1 tabindex="-1">Goodbye, and thank you</h1>
    <p class="lead">Your account is gone, and every device is signed out. You can still buy without one whenever you like.</p>
    <p class="row"><a class="btn" href="/">Back to the shop</a></p>
  </header>
`;

showStrength(changePassword);
handle(
  changePassword,
  async (body) => {
    await callAsMember('PUT', '/account/password', { body, cookie: true });
    finish(changePassword, 'Your password is changed, and every other device is signed out.');
  },
  wrongPassword,
);

handle(
  changeEmail,
  async (body) => {
    await callAsMember('PUT', '/account/email', { body });
    show({ ...account, pending_email: body.email });
    finish(changeEmail, 'The link is on its way.');
  },
  wrongPassword,
);

fetchData.addEventListener('click', () =>
  pending(fetchData, async () => {
    const said = find('[data-exported]', HTMLElement);
    try {
      download(await callAsMember('GET', '/account/export'));
      said.textContent = `Saved as ${FILE}.`;
    } catch (error) {
      said.textContent = wordsFor(error);
    }
  }),
);

handle(
  find('#delete', HTMLFormElement),
  async (body) => {
    await callAsMember('DELETE', '/account', { body, cookie: true });
    forget();
    const page = find('[data-page]', HTMLElement);
    page.replaceChildren();
    render(goodbye, page);
    find('h1', HTMLElement, page).focus();
    scrollTo(0, 0);
  },
  wrongPassword,
);

await openPage((current) => {
  show(current);
  showSecondFactor(current);
});
// The browser looked for the fragment before there was anything to see.
if (location.hash) document.querySelector(location.hash)?.scrollIntoView();
