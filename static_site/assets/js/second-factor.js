/**
 * The second step at sign-in: setting it up, keeping its recovery codes, moving it, turning it off.
 *
 *     showSecondFactor(account);
 */

/** @import { Account, RecoveryCodes, SecondFactorOffer } from '../../types/api' */
import { html, render, svg } from '../vendor/lit-html.js';
import { find, showStep } from './dom.js';
import { handle } from './forms.js';
import { callAsMember } from './members.js';

const QUIET_ZONE = 4;
const GROUP = /.{1,4}/g;
const PATH = '/account/second-factor';
const root = find('[data-second-factor]', HTMLElement);
const said = find('[data-said]', HTMLElement, root);
const beginning = find('#begin-second-factor', HTMLFormElement);
const confirming = find('#confirm-second-factor', HTMLFormElement);
const ending = find('#end-second-factor', HTMLFormElement);
const copied = find('[data-copied]', HTMLElement);
const wrongPassword = { wrong_credentials: { field: 'password', message: 'This is not your present password' } };
const wrongCode = { wrong_code: { field: 'code', message: 'This code is not right, or its time is over. Try the one your app shows now.' } };

/** @type {Account} */
let account;
/** @type {string[]} */
let codes = [];

/** @param {Account} current */
export function showSecondFactor(current) {
  account = current;
  const needed = account.role !== 'shopper';
  const required = find('[data-required]', HTMLElement);
  find('[data-state]', HTMLElement).textContent = account.second_factor ? 'It is on.' : 'It is off.';
  find('[data-begin-label]', HTMLElement).textContent = account.second_factor ? 'Move it to another phone' : 'Set it up';
  required.hidden = !needed;
  required.textContent = account.second_factor ? 'Your role needs it, so it stays on.' : 'Your role needs it before anything of the shop’s own opens to you.';
  find('[data-can-end]', HTMLElement).hidden = needed || !account.second_factor;
  showStep('state', root);
}

/** @param {SecondFactorOffer} offer */
const offerView = ({ secret, uri, qr }) => html`
  <h3 tabindex="-1">Scan this with an authenticator app</h3>
  ${qrView(qr)}
  <div>
    <p>On this phone already? <a href=${uri}>Open it in your app</a>.</p>
    <p>Or type this key into the app:</p>
    <p class="key"><code>${(secret.match(GROUP) ?? []).join(' ')}</code></p>
  </div>
`;

/**
 * One path for all dark squares, on white in either theme: cameras expect it.
 * @param {string[]} rows
 */
function qrView(rows) {
  const size = rows.length + 2 * QUIET_ZONE;
  const runs = rows.flatMap((row, y) => [...row.matchAll(/1+/g)].map(({ 0: run, index }) => `M${index + QUIET_ZONE} ${y + QUIET_ZONE}h${run.length}v1h-${run.length}z`));
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="QR code of the key below">${svg`<path d=${runs.join('')} />`}</svg>`;
}

/** @param {BeforeUnloadEvent} event */
const warn = (event) => event.preventDefault();

function showCodes() {
  render(html`<ol class="codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>`, find('[data-codes]', HTMLElement));
  copied.textContent = '';
  addEventListener('beforeunload', warn);
  showStep('codes', root);
}

/** @param {string} words */
function finish(words) {
  for (const form of [beginning, confirming, ending]) {
    form.reset();
    form.closest('details')?.removeAttribute('open');
  }
  showSecondFactor(account);
  said.textContent = words;
  find('h2', HTMLElement, root).focus();
}

handle(
  beginning,
  async (body) => {
    said.textContent = '';
    render(offerView(await callAsMember('POST', PATH, { body })), find('[data-offer]', HTMLElement));
    beginning.reset();
    showStep('scan', root);
  },
  wrongPassword,
);

handle(
  confirming,
  async (body) => {
    /** @type {RecoveryCodes} */
    const kept = await callAsMember('PUT', PATH, { body, cookie: true });
    account = { ...account, second_factor: true };
    codes = kept.recovery_codes;
    showCodes();
  },
  wrongCode,
);

handle(
  ending,
  async (body) => {
    await callAsMember('DELETE', PATH, { body });
    account = { ...account, second_factor: false };
    finish('The second step is off. Your password alone signs you in.');
  },
  wrongPassword,
);

find('[data-give-up]', HTMLButtonElement).addEventListener('click', () => finish('Nothing was changed.'));

find('[data-copy]', HTMLButtonElement).addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(codes.join('\n'));
    copied.textContent = 'Copied.';
  } catch {
    copied.textContent = 'Your browser did not let us copy. Please write them down or print them.';
  }
});

find('[data-kept]', HTMLButtonElement).addEventListener('click', () => {
  removeEventListener('beforeunload', warn);
  codes = [];
  render(html``, find('[data-codes]', HTMLElement));
  render(html``, find('[data-offer]', HTMLElement));
  finish('The second step is on, and every other device is signed out.');
});
