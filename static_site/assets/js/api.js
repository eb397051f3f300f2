/**
 * The one client of the shop's API.
 *
 *     const { items } = await call('GET', '/availability?sku=TEAPOT-SAGE');
 *     const order = await call('POST', '/orders', { body, key });
 *
 * A problem document (RFC 9457) is thrown as `ProblemError`; no answer at all as `NetworkError`, after
 * which nobody knows whether the call was served. Reads, writes with an Idempotency-Key, and what is
 * `repeatable` are tried up to three times.
 *
 *     onConnectionChange(() => show(isAnswering(), keptSince()));
 *     await readSoon(showStock);    // now, or as soon as the API answers again
 */

/** @import { Cart, Quote } from '../../types/api' */
/** @import { Overhear } from '../../types/kitchen' */
import { find } from './dom.js';
import { isOn, remember } from './recorder.js';

/** @typedef {'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} Method */

/**
 * @typedef {object} CallOptions
 * @property {unknown} [body] sent as JSON
 * @property {string} [key] the Idempotency-Key, which makes repeating the call safe
 * @property {string} [token] the access token
 * @property {Record<string, string>} [headers]
 * @property {boolean} [cookie] the call rests on the session cookie
 * @property {boolean} [repeatable] repeating the call does no harm, though it is no GET
 * @property {boolean} [keepalive] let the call outlive the page
 * @property {AbortSignal} [signal] abandons the call
 * @property {(response: Response) => void} [answered] looks at the answer's headers
 */

const READ_MS = 8_000;
const WRITE_MS = 15_000;
const RETRIES = 2;
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 10_000;
/** A silence that the next try ends is not worth a word. */
const SHORT_SILENCE_MS = 1_000;
export const API_URL = find('meta[name="api-url"]', HTMLMetaElement).content;

let bearer = async () => '';

/**
 * Let calls that carry no token of their own carry this one, those apart that rest on the cookie.
 * @param {() => Promise<string>} source
 */
export const carry = (source) => void (bearer = source);

/** The API answered, and said why not. */
export class ProblemError extends Error {
  /**
   * @param {number} status
   * @param {Record<string, unknown>} problem
   * @param {number | null} retryAfterMs
   */
  constructor(status, problem, retryAfterMs) {
    super(String(problem.detail ?? problem.title ?? 'Something went wrong on our side.'));
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.code = String(problem.code ?? '');
    this.requestId = String(problem.request_id ?? '');
    this.errors = /** @type {{ field: string, message: string }[]} */ (problem.errors ?? []);
    /** The new quote, where the code is `price_changed`. */
    this.quote = /** @type {Quote | undefined} */ (problem.quote);
    /** What the account's cart holds now, where the code is `precondition_failed`. */
    this.cart = /** @type {Cart | undefined} */ (problem.cart);
  }
}

/** No answer came: offline, cut off, or too slow. */
export class NetworkError extends Error {
  constructor() {
    super(navigator.onLine ? 'The shop does not answer just now.' : 'There was no connection.');
  }
}

/**
 * Call the API and return the JSON it answers, or null where it answers with none.
 * @param {Method} method
 * @param {string} path
 * @param {CallOptions} [given]
 * @returns {Promise<any>}
 * @throws {ProblemError | NetworkError}
 */
export async function call(method, path, given = {}) {
  const options = given.token || given.cookie ? given : { ...given, token: await bearer() };
  const isRead = method === 'GET' || options.repeatable;
  const limit = isRead ? READ_MS : WRITE_MS;
  const retries = isRead || options.key ? RETRIES : 0;
  const began = Date.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await send(method, path, options, limit);
    } catch (error) {
      const pause = pauseBefore(error, attempt);
      // Two timeouts are patience enough.
      if (attempt === retries || pause === null || Date.now() - began > 1.5 * limit) throw error;
      await sleep(pause);
    }
  }
}

/**
 * Say what went wrong, with the request's id where the shop would need it.
 * @param {unknown} error
 */
export function wordsFor(error) {
  if (error instanceof ProblemError && error.status === 429) return `That was tried too often. You can try again in ${minutes(error.retryAfterMs ?? 0)}.`;
  if (error instanceof ProblemError && error.status >= 500 && error.requestId) return `${error.message} If it happens again, tell us this: ${error.requestId}`;
  return error instanceof Error ? error.message : String(error);
}

/** @param {number} ms */
function minutes(ms) {
  const whole = Math.max(1, Math.ceil(ms / 60_000));
  return new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit: 'minute', unitDisplay: 'long' }).format(whole);
}

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Say how long to wait before another try, with full jitter; null if there should be none.
 * @param {unknown} error
 * @param {number} attempt
 */
function pauseBefore(error, attempt) {
  const jitter = Math.random() * FIRST_PAUSE_MS * 2 ** attempt;
  if (error instanceof NetworkError) return jitter;
  if (!(error instanceof ProblemError) || ![429, 503].includes(error.status)) return null;
  const pause = (error.retryAfterMs ?? 0) + jitter;
  return pause > LONGEST_PAUSE_MS ? null : pause;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {CallOptions} options
 * @param {number} limit in ms
 */
async function send(method, path, options, limit) {
  const timeout = AbortSignal.timeout(limit);
  /** @type {Parameters<Overhear>[2] & RequestInit} */
  const init = {
    method,
    headers: headersFor(options),
    body: options.body === undefined ? null : JSON.stringify(options.body),
    credentials: options.cookie ? 'include' : 'same-origin',
    keepalive: options.keepalive ?? false,
    signal: options.signal ? AbortSignal.any([timeout, options.signal]) : timeout,
  };
  const overheard = isOn ? remember(method, path, init, options) : () => {};
  try {
    const response = await fetch(API_URL + path, init);
    options.answered?.(response);
    const text = await response.text();
    overheard(response, text);
    const answer = text || !response.ok ? answerIn(text, response) : null;
    listen(response);
    if (response.ok) return answer;
    throw new ProblemError(response.status, answer, retryAfter(response));
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    overheard(/** @type {Error} */ (error));
    if (options.signal?.aborted) throw error;
    listen(null);
    throw new NetworkError();
  }
}

/** @param {CallOptions} options */
function headersFor({ body, key, token, cookie, headers }) {
  return {
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...(key && { 'Idempotency-Key': key }),
    ...(token && { Authorization: `Bearer ${token}` }),
    ...(cookie && { 'X-Open-Kitchen': '1' }),
    ...headers,
  };
}

/**
 * Read JSON. Whatever stands between us and the API may answer in its place, in a language of its own: that is no
 * answer, unless it says when to come back.
 * @param {string} text
 * @param {Response} response
 */
function answerIn(text, response) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (response.ok || retryAfter(response) === null) throw error;
    return {};
  }
}

/** @param {Response} response */
function retryAfter(response) {
  const seconds = Number(response.headers.get('Retry-After') ?? NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}

// --- Whether the API answers

const connection = new EventTarget();
const [opened] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType('navigation'));
let kept = opened?.serverTiming?.find(({ name }) => name === 'kept')?.description ?? '';
let answering = true;
let silence = 0;

/** Whether the API answered when it was called last. */
export const isAnswering = () => answering;

/** When the worker has kept what this page shows, ISO 8601; empty where it is as of now. */
export const keptSince = () => kept;

/** @param {() => void} listener hears when the API falls silent or answers again, and when something kept is shown */
export const onConnectionChange = (listener) => connection.addEventListener('change', listener);

/** @param {() => void} listener hears of the first answer after a call that had none */
export const onReconnect = (listener) => connection.addEventListener('back', listener);

/**
 * Read something, and, if that fails, read it as soon as the API answers again.
 * @param {() => Promise<unknown>} read
 * @returns {Promise<void>} settled after the first try; never rejects
 */
export async function readSoon(read) {
  let failed = false;
  const attempt = async () => {
    failed = false;
    await read().catch(() => void (failed = true));
  };
  onReconnect(() => failed && attempt());
  await attempt();
}

/** Take note of an answer, or of none: what the worker has kept is none. @param {Response | null} response */
function listen(response) {
  const since = /^kept;desc="([^"]+)/.exec(response?.headers.get('Server-Timing') ?? '')?.[1];
  if (since) kept = since;
  if (since) connection.dispatchEvent(new Event('change'));
  if (response && !since) settle(true);
  else silence ||= setTimeout(settle, SHORT_SILENCE_MS, false);
}

/** @param {boolean} answers */
function settle(answers) {
  const isBack = answers && (silence || !answering);
  clearTimeout(silence);
  silence = 0;
  if (answers !== answering) {
    answering = answers;
    connection.dispatchEvent(new Event('change'));
  }
  if (isBack) connection.dispatchEvent(new Event('back'));
}
