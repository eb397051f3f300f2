/**
 * The kitchen view: a panel, docked below the page, that shows what page and backend said to each other.
 *
 *     open();            // and moves the keyboard there
 *     open('again');     // as it was on the page before
 *     open('tour');      // and begins to follow an order
 *
 * It stays open over pages, until Escape or its button close it. Its height is `--dock`, to which sticky things keep.
 */

/** @import { Cause, Talk } from '../../../types/kitchen' */
import { html, nothing, render } from '../../vendor/lit-html.js';
import { conversations, forgetTalks, onTalk } from '../recorder.js';
import { conversation } from './conversation.js';
import { endOf } from './timing.js';
import * as tour from './tour.js';
import { tellCause } from './words.js';

/** @typedef {{ cause: Cause, talks: Talk[] }} Group what one click, or the opening of a page, has set off */

const OPEN = 'kitchen-open';
const KEY = 'kitchen-key';
const EXPLAIN = 'kitchen-explain';
const HEIGHT = 'kitchen-height';
const LEGEND = [['net', 'on the way'], ['api', 'API'], ['logic', 'logic'], ['db', 'database'], ['gateway', 'payment'], ['trouble', 'refused or failed']];
const SHARE = { least: 20, usual: 46, most: 85, step: 5 };

const panel = document.createElement('aside');
panel.id = 'kitchen';
panel.ariaLabel = 'Kitchen view';
/** @type {Element | null} */
let cameFrom = null;
/** @type {Set<number>} */
const opened = new Set();
/** Each group keeps its element, so that the keyboard stays where it is when another comes. @type {Map<number, HTMLElement>} */
const elements = new Map();
const shown = { path: '', onlyChanges: false };
let said = '';
let drawing = 0;

const desk = {
  /** @param {Talk} talk */
  opened: ({ id }) => opened.has(id),
  /** @param {Talk} talk @param {boolean} isOpen */
  toggle({ id }, isOpen) {
    if (isOpen === opened.has(id)) return;
    if (isOpen) opened.add(id);
    else opened.delete(id);
    draw();
  },
  /** @param {string} words */
  say(words) {
    said = words;
    draw();
  },
  draw,
};

/**
 * Open the panel; the keyboard goes there, unless it was open on the page before.
 * @param {string} [what] `again` or `tour`
 */
export async function open(what = '') {
  if (!panel.isConnected) await mount();
  if (what === 'tour') tour.begin();
  draw.now();
  if (what === 'again') return;
  cameFrom ??= document.activeElement;
  panel.querySelector('h2')?.focus();
}

async function mount() {
  await style();
  sessionStorage.setItem(OPEN, 'yes');
  setHeight(Number(localStorage.getItem(HEIGHT)) || SHARE.usual);
  document.body.append(panel);
  document.documentElement.classList.add('kitchen');
}

/** Load the panel's style sheet, once. */
async function style() {
  if (document.querySelector('link[data-kitchen-style]')) return;
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = '/assets/css/kitchen.css';
  link.dataset.kitchenStyle = '';
  const loaded = new Promise((resolve) => link.addEventListener('load', resolve));
  const failed = new Promise((resolve) => link.addEventListener('error', resolve));
  document.head.append(link);
  await Promise.race([loaded, failed]);
}

function close() {
  sessionStorage.removeItem(OPEN);
  tour.rest();
  panel.remove();
  document.documentElement.classList.remove('kitchen');
  document.documentElement.style.removeProperty('--dock');
  const opener = cameFrom instanceof HTMLElement && cameFrom !== document.body ? cameFrom : document.querySelector('[data-kitchen]');
  if (opener instanceof HTMLElement) opener.focus();
  cameFrom = null;
}

// --- Height

const heightNow = () => Number(panel.dataset.height);

/** @param {number} share of the window, in per cent */
function setHeight(share) {
  const height = Math.round(Math.min(Math.max(share, SHARE.least), SHARE.most));
  panel.dataset.height = String(height);
  document.documentElement.style.setProperty('--dock', `${height}dvh`);
  localStorage.setItem(HEIGHT, String(height));
}

/** @param {KeyboardEvent} event */
function resizeByKey(event) {
  const change = { ArrowUp: SHARE.step, ArrowDown: -SHARE.step }[event.key];
  if (!change) return;
  event.preventDefault();
  setHeight(heightNow() + change);
  draw();
}

/** @param {PointerEvent} event */
function resizeByPointer(event) {
  const handle = /** @type {HTMLElement} */ (event.currentTarget);
  handle.setPointerCapture(event.pointerId);
  const move = (/** @type {PointerEvent} */ { clientY }) => setHeight(((innerHeight - clientY) / innerHeight) * 100);
  handle.addEventListener('pointermove', move);
  handle.addEventListener('lostpointercapture', () => handle.removeEventListener('pointermove', move), { once: true });
}

// --- What is shown

/** @returns {Group[]} the oldest first */
function groups() {
  const wanted = conversations().filter(({ method, path }) => path.includes(shown.path) && !(shown.onlyChanges && method === 'GET'));
  /** @type {Map<number, Group>} */
  const found = new Map();
  for (const talk of wanted) {
    const { cause } = talk;
    found.set(cause.at, { cause, talks: [...(found.get(cause.at)?.talks ?? []), talk] });
  }
  return [...found.values()];
}

/** @param {Group} group */
function groupView({ cause, talks }) {
  const axis = { from: talks[0]?.id ?? 0, to: Math.max(...talks.map(endOf)) };
  return html`
    <h3>${tellCause(cause)} <time datetime=${new Date(cause.at).toISOString()}>${new Date(cause.at).toLocaleTimeString(document.documentElement.lang)}</time></h3>
    <ul>${talks.map((talk) => html`<li>${conversation(talk, axis, desk)}</li>`)}</ul>
  `;
}

function drawGroups() {
  const list = panel.querySelector('[data-groups]');
  const current = groups();
  for (const [at, element] of elements) {
    if (current.some(({ cause }) => cause.at === at)) continue;
    element.remove();
    elements.delete(at);
  }
  for (const group of current) {
    const { at } = group.cause;
    const element = elements.get(at) ?? document.createElement('section');
    if (!elements.has(at)) list?.prepend(element);
    elements.set(at, element);
    render(groupView(group), element);
  }
}

const headView = () => html`
  <div class="handle" role="separator" tabindex="0" aria-orientation="horizontal" aria-label="Height of the kitchen view" aria-valuemin=${SHARE.least} aria-valuemax=${SHARE.most} aria-valuenow=${heightNow()} @keydown=${resizeByKey} @pointerdown=${resizeByPointer}></div>
  <header>
    <h2 tabindex="-1">Kitchen view</h2>
    ${tour.isOn() ? nothing : html`<button class="btn ghost small" type="button" @click=${startTour}>Follow an order</button>`}
    <button class="close" type="button" aria-label="Close the kitchen view" @click=${close}><svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path d="m5 5 10 10M15 5 5 15"></path></svg></button>
  </header>
  <p class="said" role="status">${said}</p>
`;

/** @param {boolean} nothingYet */
const listHeadView = (nothingYet) => html`
  <details class="settings">
    <summary>Options</summary>
    <div class="row">
      <label>Path holds <input type="text" autocomplete="off" spellcheck="false" @input=${(/** @type {InputEvent} */ event) => filter({ path: inputOf(event).value })} /></label>
      <label><input type="checkbox" @change=${(/** @type {Event} */ event) => filter({ onlyChanges: inputOf(event).checked })} /> Only changes</label>
      <label><input type="checkbox" .checked=${explains()} @change=${(/** @type {Event} */ event) => remember(EXPLAIN, inputOf(event).checked)} /> Explain every stage</label>
      <label><input type="checkbox" .checked=${localStorage.getItem(KEY) !== 'off'} @change=${(/** @type {Event} */ event) => remember(KEY, inputOf(event).checked)} /> The key ? opens this</label>
      <button class="quiet" type="button" @click=${forgetTalks}>Forget these conversations</button>
    </div>
  </details>
  <ul class="legend" aria-hidden="true">${LEGEND.map(([colour, words]) => html`<li><svg viewBox="0 0 1 1"><rect class=${colour} width="1" height="1"></rect></svg>${words}</li>`)}</ul>
  ${nothingYet
    ? html`<div class="nothing"><p>${shown.path || shown.onlyChanges ? 'No conversation fits what you chose under Options.' : 'Nothing has been said yet. Whatever you do now that needs the backend shows up here: the click, the request, the database, the answer, and what the page makes of it.'}</p></div>`
    : nothing}
`;

const explains = () => localStorage.getItem(EXPLAIN) !== 'off';

/** @param {Event} event */
const inputOf = (event) => /** @type {HTMLInputElement} */ (event.currentTarget);

/** @param {Partial<typeof shown>} change */
function filter(change) {
  Object.assign(shown, change);
  draw();
}

/** @param {string} name @param {boolean} isOn */
function remember(name, isOn) {
  localStorage.setItem(name, isOn ? 'on' : 'off');
  draw();
}

function startTour() {
  tour.begin();
  draw.now();
  panel.querySelector('h2')?.focus();
}

/** Draw soon, once for everything that has changed meanwhile. */
function draw() {
  if (panel.isConnected) drawing ||= requestAnimationFrame(draw.now);
}

draw.now = () => {
  cancelAnimationFrame(drawing);
  drawing = 0;
  panel.classList.toggle('terse', !explains());
  panel.classList.toggle('touring', tour.isOn());
  render(
    html`
      ${headView()}
      <div class="scroll">
        <div data-tour></div>
        <div data-list-head></div>
        <div data-groups></div>
      </div>
    `,
    panel,
  );
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (panel.querySelector(`[data-${name}]`));
  render(tour.view(desk), part('tour'));
  render(listHeadView(groups().length === 0), part('list-head'));
  drawGroups();
};

// What the tour points at depends on what is filled in.
for (const type of ['input', 'focusout', 'change']) addEventListener(type, () => tour.isOn() && draw());
panel.addEventListener('keydown', ({ key }) => key === 'Escape' && close());
onTalk(draw);
