/** Where the shopper is signed in: sign out of one device, or of all. */

/** @import { Device } from '../../../types/api' */
import '../shell.js';
import { html, nothing, render } from '../../vendor/lit-html.js';
import { ProblemError, wordsFor } from '../api.js';
import { find } from '../dom.js';
import { pending } from '../forms.js';
import { callAsMember, openPage } from '../members.js';
import { formatTime } from '../money.js';
import { signOut, signOutEverywhere } from '../session.js';

const EVERYWHERE = 'everywhere';
const list = find('[data-list]', HTMLElement);
const said = find('[data-said]', HTMLElement);

/** @type {Device[]} */
let devices = [];
/** @type {string | null} */
let cursor = null;
/** What the shopper is asked to confirm: a device's id, or everywhere. */
let asked = '';

async function fetchMore() {
  const page = await callAsMember('GET', `/sessions${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`);
  devices = [...devices, ...page.items];
  cursor = page.next_cursor;
  show();
}

/** @param {Device} device */
const deviceView = (device) => html`
  <li>
    <div>
      <h2>${device.name}${device.current ? html` <span class="tag">This device</span>` : nothing}</h2>
      <p class="hint">Signed in ${formatTime(device.signed_in_at)}</p>
      <p class="hint">Last used ${formatTime(device.last_used_at)}</p>
    </div>
    ${asked === device.id
      ? confirmation(device.current ? 'Sign out here?' : 'Sign it out?', 'Sign out', 'Keep it', () => end(device))
      : html`<button class="btn ghost small" type="button" data-ask=${device.id} @click=${() => ask(device.id)}>Sign out<span class="hide"> ${device.name}</span></button>`}
  </li>
`;

/**
 * The question in place of the button that led to it.
 * @param {string} question
 * @param {string} yes
 * @param {string} no
 * @param {() => Promise<unknown>} work
 */
const confirmation = (question, yes, no, work) => html`
  <div class="sure" role="group" aria-label=${question}>
    <p>${question}</p>
    <p class="row">
      <button class="btn grave small" type="button" data-yes data-pending="Signing out…" @click=${(/** @type {Event} */ event) => attempt(/** @type {HTMLButtonElement} */ (event.currentTarget), work)}>${yes}</button>
      <button class="quiet" type="button" @click=${() => ask('')}>${no}</button>
    </p>
  </div>
`;

const everywhere = () =>
  devices.length < 2
    ? html`<p class="hint">You are signed in nowhere else.</p>`
    : html`
        <section class="everywhere" aria-labelledby="everywhere">
          <h2 id="everywhere">All at once</h2>
          ${asked === EVERYWHERE
            ? confirmation('Sign out everywhere, here too?', 'Sign out everywhere', 'Stay signed in', leaveEverywhere)
            : html`<p class="row"><button class="btn ghost" type="button" data-ask=${EVERYWHERE} @click=${() => ask(EVERYWHERE)}>Sign out everywhere</button></p>`}
        </section>
      `;

function show() {
  const more = html`<p class="row"><button class="btn ghost" type="button" data-pending="Fetching…" @click=${(/** @type {Event} */ event) => attempt(/** @type {HTMLButtonElement} */ (event.currentTarget), fetchMore)}>Show more</button></p>`;
  render(html`<ul class="devices">${devices.map(deviceView)}</ul>${cursor ? more : nothing} ${everywhere()}`, list);
}

/**
 * Ask whether it is meant, or stop asking; the keyboard follows.
 * @param {string} what
 */
function ask(what) {
  const before = asked;
  asked = what;
  show();
  const next = what ? list.querySelector('[data-yes]') : list.querySelector(`[data-ask="${CSS.escape(before)}"]`);
  if (next instanceof HTMLElement) next.focus();
}

/**
 * @param {HTMLButtonElement} button
 * @param {() => Promise<unknown>} work
 */
async function attempt(button, work) {
  said.textContent = '';
  try {
    await pending(button, async () => void (await work()));
  } catch (error) {
    tell(wordsFor(error), false);
  }
}

/** @param {Device} device */
async function end(device) {
  if (device.current) {
    await signOut();
    return location.assign('/');
  }
  try {
    await callAsMember('DELETE', `/sessions/${encodeURIComponent(device.id)}`);
  } catch (error) {
    // Ended meanwhile, which is what was wanted.
    if (!(error instanceof ProblemError) || error.status !== 404) throw error;
  }
  devices = devices.filter(({ id }) => id !== device.id);
  asked = '';
  show();
  tell(`${device.name} is signed out.`, true);
}

async function leaveEverywhere() {
  await signOutEverywhere();
  location.assign('/');
}

/**
 * @param {string} words
 * @param {boolean} good
 */
function tell(words, good) {
  said.textContent = words;
  said.className = good ? 'ok' : 'bad';
  said.focus();
}

await openPage(async () => {
  devices = [];
  cursor = null;
  await fetchMore();
});
