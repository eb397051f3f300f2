/**
 * One conversation between the page and the API, drawn for lit-html: a line to be opened, and its six steps.
 *
 *     render(conversation(talk, { from, to }, { opened, toggle, say }), element);
 */

/** @import { Talk, Try } from '../../../types/kitchen' */
/** @import { Row } from './timing.js' */
import { html, nothing, svg } from '../../vendor/lit-html.js';
import { API_URL } from '../api.js';
import { curlOf } from './curl.js';
import { endOf, isOver, lengthOf, rowsOf, servedIn } from './timing.js';
import { explain, explainOutcome, explainStatus, nameFailure, STEPS, tellCause } from './words.js';

/** @typedef {{ from: number, to: number }} Axis in ms since 1970 */
/**
 * @typedef {object} Desk what the panel lends
 * @property {(talk: Talk) => boolean} opened
 * @property {(talk: Talk, isOpen: boolean) => void} toggle
 * @property {(words: string) => void} say tells everybody, screen readers too
 */

const WIDTH = 1000;
const THINNEST = 5;
const SHORTEST_MS = 0.1;
/** Longer than that after a click, a page has asked of its own accord. */
const BY_ITSELF_MS = 3_000;
/** A body up to here is shown unfolded. */
const SHORT = 420;
const DATABASE = /^[A-Z]\w+(Item|Items|Query|Scan)$|^(Query|Scan)$/;

/** @param {Talk} talk @param {Axis} axis @param {Desk} desk */
export const conversation = (talk, axis, desk) => html`
  <details class="talk" .open=${desk.opened(talk)} @toggle=${(/** @type {ToggleEvent} */ event) => desk.toggle(talk, /** @type {HTMLDetailsElement} */ (event.currentTarget).open)}>
    <summary>${line(talk, axis)}</summary>
    ${desk.opened(talk) ? steps(talk, desk) : nothing}
  </details>
`;

/** A conversation in one line. @param {Talk} talk @param {Axis} axis */
export const line = (talk, axis) => html`
  <span class="asked"><b>${talk.method}</b> ${talk.path}</span>
  ${statusOf(talk)}
  <span class="ms">${isOver(talk) ? lasted(lengthOf(talk)) : '…'}</span>
  ${bars(rowsOf(talk), axis)}
`;

/** @param {Talk} talk */
function statusOf({ tries }) {
  const last = tries.at(-1);
  const look = !last?.status ? 'bad' : last.status < 400 ? 'ok' : last.status < 500 ? 'warn' : 'bad';
  const words = last?.status ?? (last?.failure ? nameFailure(last.failure) : 'under way');
  return html`<span class="status ${last?.end ? look : ''}">${words}${tries.length > 1 ? html` <span class="tries">try ${tries.length}</span>` : nothing}</span>`;
}

/** @param {Row[]} rows @param {Axis} axis */
const bars = (rows, { from, to }) => html`
  <svg class="bars" viewBox="0 0 ${WIDTH} 12" preserveAspectRatio="none" aria-hidden="true">
    <line x1="0" x2=${WIDTH} y1="6" y2="6"></line>
    ${rows.toSorted(gatewayLast).map((row) => {
      const scale = WIDTH / Math.max(to - from, 1);
      const width = Math.max(row.ms * scale, THINNEST);
      const inside = row.step === 3 || row.step === 4 || row.kind === 'respond';
      return svg`<rect class=${colourOf(row)} x=${Math.min((row.start - from) * scale, WIDTH - width)} width=${width} y=${inside ? 2 : 0} height=${inside ? 8 : 12}></rect>`;
    })}
  </svg>
`;

/** The sandbox keeps its records in a table of its own, inside the calls to it. @param {Row} a @param {Row} b */
const gatewayLast = (a, b) => Number(a.kind.startsWith('gateway')) - Number(b.kind.startsWith('gateway'));

/** @param {Row} row */
function colourOf({ kind, outcome }) {
  if (outcome) return 'trouble';
  if (DATABASE.test(kind)) return 'db';
  if (kind.startsWith('gateway')) return 'gateway';
  return kind === 'logic' ? 'logic' : ['receive', 'authorise', 'validate', 'respond'].includes(kind) ? 'api' : kind === 'pause' ? 'pause' : 'net';
}

// --- The six steps

/** @param {Talk} talk @param {Desk} desk */
function steps(talk, desk) {
  const rows = rowsOf(talk);
  const last = talk.tries.at(-1);
  const axis = { from: talk.id, to: Math.max(endOf(talk), ...rows.map(({ start, ms }) => start + ms)) };
  const parts = [whatYouDid(talk), request(talk), understanding(talk, rows), database(talk, rows), answer(talk, last), whatThePageDid(talk)];
  return html`
    <div class="story">
      <p class="row">
        <button class="btn ghost small" type="button" @click=${() => copy(curlOf(talk, API_URL), 'The request, as a curl command, is in the clipboard.', desk)}>Copy as curl</button>
        ${last?.headers?.['x-request-id']
          ? html`<button class="btn ghost small" type="button" @click=${() => copy(last.headers?.['x-request-id'] ?? '', 'The request id is in the clipboard.', desk)}>Copy request id</button>`
          : nothing}
      </p>
      <ol class="steps">
        ${STEPS.map((title, index) => html`<li><h4><span class="number">${index + 1}</span> ${title}</h4>${parts[index]}${measured(rows.filter(({ step }) => step === index + 1), axis)}</li>`)}
      </ol>
    </div>
  `;
}

/** @param {Row[]} rows @param {Axis} axis */
const measured = (rows, axis) =>
  rows.length === 0
    ? nothing
    : html`
        <ul class="rows">
          ${rows.map(
            (row) => html`
              <li class=${row.outcome ? 'troubled' : ''}>
                <span class="label">${row.label}${row.outcome ? html` <strong>${row.outcome}</strong>` : nothing}</span>
                <span class="ms">${lasted(row.ms)}</span>
                ${bars([row], axis)}
                <p class="why">${explain(row.kind)} ${explainOutcome(row.outcome ?? '')}</p>
              </li>
            `,
          )}
        </ul>
      `;

/** @param {Talk} talk */
function whatYouDid({ cause, id, page }) {
  const later = id - cause.at;
  return html`<p>${tellCause(cause)}, on ${page}. ${later > BY_ITSELF_MS ? `The page asked by itself, ${lasted(later)} later.` : `The request left ${lasted(later)} later.`}</p>`;
}

/** @param {Talk} talk */
const request = ({ method, path, headers, cookie, body }) => html`
  <p class="code"><b>${method}</b> ${path}</p>
  ${headerList({ ...headers, ...(cookie && { Cookie: 'the session’s, which the browser adds and no script can read' }) })}
  ${bodyOf(body, 'The body that was sent')}
`;

/** @param {Talk} talk @param {Row[]} rows */
function understanding({ tries }, rows) {
  if (rows.some(({ step }) => step === 3)) return nothing;
  return tries.at(-1)?.status ? html`<p>The answer does not tell what happened inside.</p>` : html`<p>Nobody knows whether the request arrived.</p>`;
}

/** @param {Talk} talk @param {Row[]} rows */
function database(talk, rows) {
  const served = servedIn(talk);
  const calls = rows.filter(({ kind }) => DATABASE.test(kind));
  if (served === undefined) return nothing;
  return html`<p>The API was at work for ${lasted(served)}${calls.length ? `, ${lasted(calls.reduce((sum, { ms }) => sum + ms, 0))} of it in ${calls.length} ${calls.length === 1 ? 'call' : 'calls'} to the database.` : ', and asked no database.'}</p>`;
}

/** @param {Talk} talk @param {Try | undefined} last */
function answer({ tries }, last) {
  return html`
    ${tries.slice(0, -1).map((one, index) => html`<p>Try ${index + 1}: ${one.status ?? nameFailure(one.failure ?? '')}. ${explainStatus(one.status ?? 0)}</p>`)}
    ${last?.status
      ? html`<p><b>${last.status}</b> <span class="why">${explainStatus(last.status)}</span></p>${headerList(last.headers ?? {})}${whereItIsLogged(last)}${bodyOf(last.text ?? '', 'The body that came back')}`
      : html`<p>${last?.failure ? `None: ${nameFailure(last.failure)}.` : 'None yet.'}</p>`}
  `;
}

/** @param {Try} last */
function whereItIsLogged({ headers }) {
  const id = headers?.['x-request-id'];
  return id ? html`<p class="why">The shop’s log has its line under the same request id: in the window where <code>make run</code> runs, or on AWS by <code>make logs STAGE=… FIND=${id}</code></p>` : nothing;
}

/** @param {Talk} talk */
const whatThePageDid = (talk) =>
  talk.notes.length
    ? html`<ul class="notes">${talk.notes.map(({ at, words }) => html`<li>${words} <span class="ms">${lasted(Math.max(0, at - endOf(talk)))} after the answer</span></li>`)}</ul>`
    : html`<p>The page has said nothing about it.</p>`;

/** @param {Record<string, string>} headers */
const headerList = (headers) => {
  const shown = Object.entries(headers).filter(([name]) => name !== 'server-timing');
  return shown.length ? html`<dl class="headers">${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>` : nothing;
};

/** @param {string} text @param {string} title */
function bodyOf(text, title) {
  if (!text) return nothing;
  const shown = pretty(text);
  return html`<details class="body" ?open=${shown.length <= SHORT}><summary>${title}, ${new Intl.NumberFormat(document.documentElement.lang).format(text.length)} characters</summary><pre>${shown}</pre></details>`;
}

/** @param {string} text */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** @param {string} text @param {string} words @param {Desk} desk */
async function copy(text, words, { say }) {
  await navigator.clipboard.writeText(text).then(() => say(words), () => say(`The browser does not let this page copy. Here it is: ${text}`));
}

/** @param {number} ms @returns {string} */
export function lasted(ms) {
  if (ms < SHORTEST_MS) return `under ${lasted(SHORTEST_MS)}`;
  const [value, unit] = ms < 9_950 ? [ms, 'millisecond'] : [ms / 1000, 'second'];
  return new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}
