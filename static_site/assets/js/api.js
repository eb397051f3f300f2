/**
 * The one client of the shop's API.
 *
 *     const { items } = await call('GET', '/availability?sku=TEAPOT-SAGE');
 *     const order = await call('POST', '/orders', { body, key });
 *
 * A problem document (RFC 9457) is thrown as `ProblemError`; no answer at all as `NetworkError`, after
 * which nobody knows whether the call was served. Reads, and writes with an Idempotency-Key, are
 * tried up to three times.
 */

/** @import { Cart, Quote } from '../../types/api' */
import { find } from './dom.js';

/** @typedef {'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} Method */

/**
 * @typedef {object} CallOptions
 * @property {unknown} [body] sent as JSON
 * @property {string} [key] the Idempotency-Key, which makes repeating the call safe
 * @property {string} [token] the access token
 * @property {Record<string, string>} [headers]
 * @property {boolean} [cookie] the call rests on the session cookie
 * @property {boolean} [keepalive] let the call outlive the page
 * @property {AbortSignal} [signal] abandons the call
 * @property {(response: Response) => void} [answered] looks at the answer's headers
 */

const READ_MS = 8_000;
const WRITE_MS = 15_000;
const RETRIES = 2;
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 10_000;
const API_URL = find('meta[name="api-url"]', HTMLMetaElement).content;

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
    super('We could not reach the shop. Check your connection and try again.');
  }
}

/**
 * Call the API and return the JSON it answers, or null where it answers with none.
 * @param {Method} method
 * @param {string} path
 * @param {CallOptions} [options]
 * @returns {Promise<any>}
 * @throws {ProblemError | NetworkError}
 */
export async function call(method, path, options = {}) {
  const retries = method === 'GET' || options.key ? RETRIES : 0;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await send(method, path, options);
    } catch (error) {
      const pause = pauseBefore(error, attempt);
      if (attempt === retries || pause === null) throw error;
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
  if (error instanceof ProblemError && error.status >= 500) return `${error.message} If it happens again, tell us this: ${error.requestId}`;
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
 */
async function send(method, path, options) {
  const timeout = AbortSignal.timeout(method === 'GET' ? READ_MS : WRITE_MS);
  try {
    const response = await fetch(API_URL + path, {
      method,
      headers: headersFor(options),
      body: options.body === undefined ? null : JSON.stringify(options.body),
      credentials: options.cookie ? 'include' : 'same-origin',
      keepalive: options.keepalive ?? false,
      signal: options.signal ? AbortSignal.any([timeout, options.signal]) : timeout,
    });
    options.answered?.(response);
    const text = await response.text();
    if (response.ok) return text ? JSON.parse(text) : null;
    throw new ProblemError(response.status, problemIn(text), retryAfter(response));
  } catch (error) {
    if (error instanceof ProblemError || options.signal?.aborted) throw error;
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
 * Whatever stands between us and the API may answer in a language of its own.
 * @param {string} text
 */
function problemIn(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** @param {Response} response */
function retryAfter(response) {
  const seconds = Number(response.headers.get('Retry-After') ?? NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}
