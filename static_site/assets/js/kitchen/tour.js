/**
 * The guided tour, "Follow an order": sign in, choose, buy, pay, on the real pages with the real requests.
 *
 *     begin();
 *     render(view(desk), element);      // where it stands; at each step it waits until the request has really happened
 *
 * Where it stands is kept in this tab, so it goes on over pages, and after the panel was closed.
 */

/** @import { Talk } from '../../../types/kitchen' */
/** @import { Desk } from './conversation.js' */
import { html, nothing } from '../../vendor/lit-html.js';
import { conversations, isLocal } from '../recorder.js';
import { isSignedIn } from '../session.js';
import { conversation, lasted } from './conversation.js';
import { endOf, isOver, rowsOf } from './timing.js';

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {string} ask what to do now
 * @property {() => Element | null} where
 * @property {(talk: Talk) => boolean} fits whether this is the conversation that the step waits for
 * @property {(talk: Talk) => string[]} happened
 * @property {(talk: Talk) => boolean} [failed] it was that conversation, but the shopper must try again
 * @property {boolean} [already] a conversation that this very page had before counts too
 * @property {string} [skip]
 */

const STORED = 'kitchen-tour';
const POINTED = 'kitchen-here';
const PLACED = [201, 202];

/** @param {string} selector */
const one = (selector) => [...document.querySelectorAll(selector)].find((element) => element.checkVisibility()) ?? null;

const statusOf = (/** @type {Talk} */ { tries }) => tries.at(-1)?.status ?? 0;

/** @param {Talk} talk @param {string} method @param {string} path its beginning */
const isAbout = (talk, method, path) => talk.method === method && talk.path.startsWith(path) && isOver(talk);

/** @param {Talk} talk */
const gatewayCalls = (talk) => rowsOf(talk).filter(({ kind }) => kind.startsWith('gateway')).length;

/** @type {Step[]} */
const STEPS = [
  {
    title: 'Say who you are',
    ask: 'Sign in, or create an account: any address that ends in example.com will do. You can buy as a guest, too.',
    skip: 'Go on as a guest',
    where: () => one('#sign-in button:not([type="button"]), #sign-up button:not([type="button"])') ?? one('[data-account]'),
    fits: (talk) => (isAbout(talk, 'POST', '/sessions') || isAbout(talk, 'POST', '/accounts')) && !talk.path.endsWith('/refresh'),
    failed: (talk) => statusOf(talk) !== 201,
    happened: (talk) => [
      'Your password travelled once, in the body. The kitchen view never keeps it, and the shop keeps only a hash that is slow to guess from.',
      `Most of ${lasted(endOf(talk) - talk.id)} went into that hash. It is slow on purpose.`,
      'The answer gave the page an access token for ten minutes, in memory only, and the browser a cookie that no script can read.',
    ],
  },
  {
    title: 'Choose something',
    ask: 'Open any product that you like. Its page is a finished file: only the stock is asked for, when you look.',
    already: true,
    where: () => one('.buy [data-stock]') ?? one('.card') ?? one('a.logo'),
    fits: (talk) => talk.page.startsWith('/products/') && isAbout(talk, 'GET', '/availability'),
    failed: (talk) => statusOf(talk) !== 200,
    happened: () => [
      'The page stood there before anybody asked the backend. It was published when the catalogue last changed.',
      'One request asked for the stock of everything on the page. The database fetched those items by their keys, in one trip.',
      'The answer says “10” for any larger number, so nobody can count the shop’s stock.',
    ],
  },
  {
    title: 'Buy it now',
    ask: 'Choose “Buy now”. The checkout opens and asks what it costs.',
    where: () => one('[data-buy]') ?? one('.card') ?? one('a.logo'),
    fits: (talk) => talk.page === '/checkout' && isAbout(talk, 'POST', '/quotes'),
    failed: (talk) => statusOf(talk) !== 200,
    happened: () => [
      'The page sent which things and how many, and no price. What they cost, the backend alone decides.',
      'Each field was checked first. Then prices and stock came out of the database.',
      'Nothing is reserved yet. A quote is only an answer.',
    ],
  },
  {
    title: 'Pay for it',
    ask: 'Fill in the form and pay. The payment section lists cards that cost nothing. One of them is always declined, which is worth seeing too.',
    where: () => [...document.querySelectorAll('#checkout input[required]:not(:disabled)')].find((field) => field instanceof HTMLInputElement && field.checkVisibility() && !field.value) ?? one('[data-pay]'),
    fits: (talk) => isAbout(talk, 'POST', '/orders') && talk.path === '/orders',
    failed: (talk) => !PLACED.includes(statusOf(talk)),
    happened: (talk) => [
      'First came a transaction: stock held and order written, all or nothing. Two people never both get the last one.',
      `Then the payment gateway was asked ${gatewayCalls(talk)} times: create the payment, set the money aside, take it. The card’s number never reached this shop, only a token that stands for it.`,
      statusOf(talk) === 201
        ? 'Last, a second transaction settled it: the order is paid, and what was held is sold.'
        : 'It is not over: the bank wants a word with you first. Until then the stock stays held for you, and nothing is charged.',
      'The request carried an Idempotency-Key. Had the answer been lost, sending it again would have found the same order, and cost nothing more.',
    ],
  },
  {
    title: 'See it confirmed',
    ask: 'The confirmation opens by itself and asks for your order. If your bank asks you something first, answer it.',
    where: () => one('#order h1') ?? one('main h1'),
    fits: (talk) => talk.page === '/confirmation' && isAbout(talk, 'GET', '/orders/'),
    failed: (talk) => statusOf(talk) !== 200,
    happened: () => [
      'The page asked for the order by its id. A guest proves with a key that it is his, someone signed in with the token; to everyone else this order does not exist.',
      'One item came out of the database, and the page drew what you see.',
      'Meanwhile a change in the orders’ table woke a function, which writes you a letter.',
    ],
  },
];

/** @type {{ step: number, since: number } | null} */
let state = stored();

function stored() {
  try {
    const { step, since } = JSON.parse(sessionStorage.getItem(STORED) ?? '');
    if (Number.isInteger(step) && step >= 0 && step <= STEPS.length) return { step, since: Number(since) };
  } catch {
    // Nothing that was written here.
  }
  return null;
}

/** @param {{ step: number, since: number } | null} place */
function go(place) {
  state = place;
  if (place) sessionStorage.setItem(STORED, JSON.stringify(place));
  else sessionStorage.removeItem(STORED);
}

export const isOn = () => state !== null;

/** Begin, or go on where it stands. */
export function begin() {
  if (state && state.step < STEPS.length) return;
  go({ step: isSignedIn() ? 1 : 0, since: performance.timeOrigin + performance.now() });
}

/** Point at nothing, while the panel is closed. */
export const rest = () => point(null);

/**
 * @param {Desk & { draw: () => void }} desk
 */
export function view(desk) {
  const step = state && STEPS[state.step];
  const talk = step ? conversations().findLast((one) => (one.id > (state?.since ?? 0) || (step.already && one.id > performance.timeOrigin)) && step.fits(one)) : undefined;
  const done = talk && !step?.failed?.(talk);
  point(step && !done ? step.where() : null);
  if (!state) return nothing;
  return html`
    <section class="tour" aria-labelledby="tour-title">
      <p class="progress"><span>${state.step < STEPS.length ? `Follow an order, step ${state.step + 1} of ${STEPS.length}` : 'Follow an order, the end'}</span> <button class="quiet" type="button" @click=${() => leave(desk)}>Leave the tour</button></p>
      <progress max=${STEPS.length} value=${state.step + (done ? 1 : 0)} aria-label="How far the tour is"></progress>
      ${step ? stepView(step, talk, Boolean(done), desk) : endView(desk)}
    </section>
  `;
}

/** @param {Step} step @param {Talk | undefined} talk @param {boolean} done @param {Desk & { draw: () => void }} desk */
const stepView = (step, talk, done, desk) => html`
  <div role="status">
    <h3 id="tour-title" tabindex="-1">${step.title}${done ? ': done' : ''}</h3>
    ${done ? html`<p>This is what just happened.</p>` : html`<p>${step.ask}</p>`}
    ${talk && !done ? html`<p class="troubled"><strong>Not yet.</strong> The backend said no, and why stands on the page. Look at the answer below, then try again.</p>` : nothing}
  </div>
  ${done && talk ? html`<ol class="happened">${step.happened(talk).map((words) => html`<li>${words}</li>`)}</ol>` : nothing}
  ${talk ? conversation(talk, { from: talk.id, to: endOf(talk) }, desk) : nothing}
  <p class="row">
    ${done
      ? html`<button class="btn small" type="button" @click=${() => next(desk, talk)}>Go on</button>`
      : html`<button class="btn small" type="button" @click=${() => show(step)}>Show me where</button>`}
    ${step.skip && !done ? html`<button class="quiet" type="button" @click=${() => next(desk)}>${step.skip}</button>` : nothing}
  </p>
`;

/** @param {Desk & { draw: () => void }} desk */
const endView = (desk) => html`
  <div role="status">
    <h3 id="tour-title" tabindex="-1">That was an order</h3>
    <p>Every request of it stands below, with each stage and each call to the database. ${isLocal ? html`The letter about it lies in <a href="/mailbox">this machine’s mailbox</a>.` : 'The letter about it is on its way to you.'}</p>
  </div>
  <p class="row"><button class="btn small" type="button" @click=${() => leave(desk)}>Look round the kitchen</button></p>
`;

/** @param {Desk & { draw: () => void }} desk @param {Talk} [talk] */
function next(desk, talk) {
  if (!state) return;
  go({ step: state.step + 1, since: talk?.id ?? state.since });
  desk.draw();
  requestAnimationFrame(() => document.getElementById('tour-title')?.focus());
}

/** @param {{ draw: () => void }} desk */
function leave(desk) {
  go(null);
  desk.draw();
  requestAnimationFrame(() => /** @type {HTMLElement | null} */ (document.querySelector('#kitchen h2'))?.focus());
}

// --- Pointing

/** @param {Element | null} element */
function point(element) {
  for (const pointed of document.querySelectorAll(`.${POINTED}`)) if (pointed !== element) pointed.classList.remove(POINTED);
  element?.classList.add(POINTED);
}

/** Bring the keyboard, and the eye, to where the step goes on. @param {Step} step */
function show(step) {
  const element = step.where();
  if (!(element instanceof HTMLElement)) return;
  element.scrollIntoView({ block: 'center' });
  const target = element.matches('a, button, input, select') ? element : element.querySelector('a, button');
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}
