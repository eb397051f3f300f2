/**
 * What the kitchen view remembers, where it is on: this tab's last conversations with the API, over its pages. What is
 * secret is masked before anything is kept.
 *
 *     const overheard = remember('GET', '/products/teapot', init, options);
 *     overheard(response, text);                  // or the error, where no answer came
 *     note('Wrote the stock of 5 products');      // what the page has done with the answer that came last
 */

/** @import { Cause, Network, Overhear, Talk, Try } from '../../types/kitchen' */

const TALKS = 'kitchen';
const MOST_TALKS = 30;
const LONGEST_BODY = 6_000;
const LONGEST_ALL = 300_000;
const LONGEST_NAME = 60;
/** How soon a page loads that a click has asked for. */
const SOON_MS = 10_000;
/** What stands for whatever was masked. */
export const HIDDEN = '•••';
const SECRET = /password|token|secret|^(authorization|code|cvc|order_key|qr|recovery_codes|uri|x-order-key)$/i;
const PERSONAL = /^(name|line1|line2|city|postcode)$/;
const EMAIL = /([^\s"<@])[^\s"<@]*@/g;
const TOLD = ['content-type', 'etag', 'retry-after', 'server-timing', 'x-request-id'];

const heard = new EventTarget();
const mode = document.querySelector('meta[name="kitchen"]')?.getAttribute('content');
/** Whether this shop runs on someone's own machine, with a mailbox. */
export const isLocal = mode === 'local';
/** Whether this page may be watched by the owner alone. */
export const isOwners = mode === 'owner' && localStorage.getItem('owner') !== null;
/** Whether this page may be watched. */
export const isOn = isLocal || mode === 'open' || isOwners;
/** @type {{ talks: Talk[], cause?: Cause }} */
let { talks, cause: before } = stored();
let cause = loaded(performance.timeOrigin);
/** @type {Talk | undefined} */
let lastAnswered;
/** Tries of one call share an object. @type {WeakMap<object, Talk>} */
const known = new WeakMap();

/** The conversations, the oldest first. */
export function conversations() {
  for (const talk of talks) for (const one of talk.tries) if (!one.network) measure(talk, one);
  return talks;
}

/** @param {Talk} talk @param {Try} one */
function measure(talk, one) {
  const network = networkOf(talk.path, one);
  if (!network) return;
  one.network = network;
  // A preload began before the page's modules could ask.
  one.at = Math.min(one.at, network.origin + network.startTime);
  talk.id = talk.tries[0]?.at ?? talk.id;
}

/** @param {() => void} listener */
export const onTalk = (listener) => heard.addEventListener('change', listener);

/**
 * Say what the page did with the answer that it got last.
 * @param {string} words in the past tense
 */
export function note(words) {
  lastAnswered?.notes.push({ at: now(), words });
  tell();
}

export function forgetTalks() {
  talks = [];
  tell();
}

const tell = () => void heard.dispatchEvent(new Event('change'));
const now = () => performance.timeOrigin + performance.now();

/** @returns {{ talks: Talk[], cause?: Cause }} */
function stored() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(TALKS) ?? '');
    if (isOn && Array.isArray(kept.talks)) return kept;
  } catch {
    // Nothing that was written here.
  }
  return { talks: [] };
}

function store() {
  const kept = [...conversations()];
  while (JSON.stringify(kept).length > LONGEST_ALL) kept.shift();
  sessionStorage.setItem(TALKS, JSON.stringify({ talks: kept, cause }));
}

/** @param {number} at @returns {Cause} */
function loaded(at) {
  const after = before && at - before.at < SOON_MS ? { ...before, after: undefined } : undefined;
  return { type: 'load', name: location.pathname, at, after };
}

/** @type {Overhear} */
export function remember(method, path, { body, credentials, headers }, call, begunAt = now()) {
  const attempt = /** @type {Try} */ ({ at: begunAt });
  let talk = known.get(call);
  if (!talk) {
    talk = { id: attempt.at, page: location.pathname, cause, method, path, headers: shown(Object.entries(headers)), cookie: credentials === 'include', body: masked(body, path, true), tries: [], notes: [] };
    known.set(call, talk);
    talks = [...talks, talk].slice(-MOST_TALKS);
  }
  talk.tries.push(attempt);
  tell();
  return (came, text = '') => {
    attempt.end = now();
    if (came instanceof Error) attempt.failure = came.name;
    else Object.assign(attempt, { status: came.status, headers: shown([...came.headers].filter(([name]) => TOLD.includes(name))), text: masked(text, path) });
    lastAnswered = talk;
    tell();
  };
}

/** @param {[string, string][]} headers */
const shown = (headers) => Object.fromEntries(headers.map(([name, value]) => [name, SECRET.test(name) ? HIDDEN : name === 'Idempotency-Key' ? `${value.slice(0, 8)}…` : value]));

/** @param {string} path @param {Try} attempt @returns {Network | undefined} */
function networkOf(path, { at, end = 0 }) {
  const origin = performance.timeOrigin;
  const entries = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType('resource'));
  const entry = entries.findLast(({ initiatorType, name, startTime }) => name.endsWith(path) && startTime < end - origin && (initiatorType === 'link' || startTime >= at - origin - 1));
  if (!entry) return undefined;
  const { startTime, connectStart, requestStart, responseStart, responseEnd, transferSize } = entry;
  return { origin, startTime, connectStart, requestStart, responseStart, responseEnd, transferSize };
}

/** @param {string} words */
const withoutEmail = (words) => words.replace(EMAIL, `$1${HIDDEN}@`);

/**
 * Mask a body, and cut it.
 * @param {string | null} text
 * @param {string} path
 * @param {boolean} [sent] a `code` that is sent proves who someone is; one that is answered names a problem
 */
function masked(text, path, sent = false) {
  let safe = withoutEmail(text ?? '');
  try {
    safe = JSON.stringify(mask(JSON.parse(safe), sent, path.startsWith('/account')));
  } catch {
    // No JSON: nothing, or the page of something in between.
  }
  return safe.length > LONGEST_BODY ? `${safe.slice(0, LONGEST_BODY)}… ${safe.length - LONGEST_BODY} more characters` : safe;
}

/** @param {any} value @param {boolean} sent @param {boolean} [person] whether it is about one @returns {any} */
function mask(value, sent, person) {
  if (!value || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((one) => mask(one, sent));
  const about = person || 'email' in value || 'line1' in value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      if (SECRET.test(key) && (sent || key !== 'code')) return [key, HIDDEN];
      return [key, about && PERSONAL.test(key) ? String(one).slice(0, 1) + HIDDEN : mask(one, sent)];
    }),
  );
}

/** @param {any} event */
function heed({ type, target, submitter = target }) {
  const thing = submitter.closest?.('a, button, input, label, select, summary');
  if (!thing || thing.closest('[data-kitchen], #kitchen')) return;
  const words = thing.ariaLabel ?? (thing.labels?.[0] ?? thing).textContent;
  cause = { type, name: withoutEmail(words.replace(/\s+/g, ' ').trim().slice(0, LONGEST_NAME)), at: now() };
}

if (isOn) {
  for (const type of ['click', 'submit', 'change', 'input']) addEventListener(type, heed, true);
  addEventListener('pagehide', store);
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    ({ talks, cause: before } = stored());
    cause = loaded(now());
    tell();
  });
} else sessionStorage.removeItem(TALKS);
