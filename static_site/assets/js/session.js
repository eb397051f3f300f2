/**
 * Who is signed in.
 *
 *     begin(await call('POST', '/sessions', { body, cookie: true }));
 *     if (isSignedIn()) const account = await callAsShopper('GET', '/account');
 *
 * The access token lives in this module and dies with the page; the refresh token is a cookie that no
 * script can read. localStorage holds only a hint who is signed in, so that a page of a stranger never
 * asks, and no page uses its token once another tab has signed somebody else in. `onSessionChange` hears
 * of sign-ins and sign-outs, other tabs' included.
 *
 *     location.assign(signInPage());    // and on that page: location.replace(nextPage());
 *
 * The way back from there is the address's `?next=`, if it is a page of this site.
 */

/** @import { Session } from '../../types/api' */
/** @import { CallOptions, Method } from './api.js' */
import { call, carry, ProblemError } from './api.js';
import { isOwners, note } from './recorder.js';

const HINT = 'signed-in';
/** Lets the pages know that the kitchen view is for whoever sits here: nothing secret, and no proof. */
const OWNER_HINT = 'owner';
const STALE_MS = 20_000;
const HOME = '/account';

const changes = new EventTarget();
let token = '';
let expiresAt = 0;
let owner = '';

/** The session ended while the page still counted on it. */
export class SignedOutError extends ProblemError {
  constructor() {
    super(401, { code: 'signed_out', detail: 'You have been signed out. Please sign in again.' }, null);
  }
}

/** The id of the account that is signed in, or null. */
export const signedInAs = () => localStorage.getItem(HINT);

export const isSignedIn = () => signedInAs() !== null;

/** @param {() => void} listener */
export function onSessionChange(listener) {
  changes.addEventListener('change', listener);
  addEventListener('storage', (event) => event.key === HINT && listener());
}

/** Whether the session that the hint speaks of still stands; asks the API if it has to. */
export async function isStillSignedIn() {
  try {
    return (await freshToken()) !== '';
  } catch (error) {
    if (error instanceof SignedOutError) return false;
    throw error;
  }
}

/**
 * Take up a session that POST /accounts, /sessions or /sessions/refresh just gave.
 * @param {Session} session
 */
export function begin(session) {
  token = session.access_token;
  expiresAt = Date.now() + session.expires_in * 1000;
  owner = session.account.id;
  localStorage.setItem(HINT, owner);
  if (session.account.role === 'owner') localStorage.setItem(OWNER_HINT, owner);
  else localStorage.removeItem(OWNER_HINT);
  changes.dispatchEvent(new Event('change'));
  note('Took the access token into memory, and kept a hint that someone is signed in');
}

/** Sign out, here and at the API; the cart goes back to the account. */
export const signOut = () => leave(() => call('DELETE', '/sessions/current', { cookie: true }).then(forget));

/** Sign out every device of the account, this one too. */
export const signOutEverywhere = () => leave(() => callAsShopper('DELETE', '/sessions', { cookie: true }).then(forget));

/**
 * The next person at this browser finds neither the cart nor what was looked at.
 * @param {() => Promise<void>} end
 */
async function leave(end) {
  const [{ handBack }, { forgetAll }] = await Promise.all([import('./cart-sync.js'), import('./recently-seen.js')]);
  await handBack(end);
  forgetAll();
}

/**
 * Call the API as the signed-in shopper, refreshing the access token when its time is up.
 * @param {Method} method
 * @param {string} path
 * @param {CallOptions} [options]
 * @throws {SignedOutError} if the session has ended
 */
export async function callAsShopper(method, path, options = {}) {
  try {
    return await call(method, path, { ...options, token: await freshToken() });
  } catch (error) {
    if (!isTokenTrouble(error)) throw error;
    token = '';
    return call(method, path, { ...options, token: await freshToken() });
  }
}

/** @param {unknown} error */
const isTokenTrouble = (error) => error instanceof ProblemError && ['token_expired', 'token_invalid'].includes(error.code);

/** One tab refreshes at a time, and one call of this page: the others wait and find a token. */
async function freshToken() {
  if (isStale()) await navigator.locks.request('session', async () => void (isStale() && (await refresh())));
  return token;
}

const isStale = () => token === '' || owner !== signedInAs() || Date.now() > expiresAt - STALE_MS;

async function refresh() {
  if (!isSignedIn()) throw new SignedOutError();
  try {
    begin(await call('POST', '/sessions/refresh', { cookie: true, keepalive: true, repeatable: true }));
  } catch (error) {
    if (!(error instanceof ProblemError) || error.status !== 401) throw error;
    forget();
    throw new SignedOutError();
  }
}

/** Know of no session any more: the API has ended it. */
export function forget() {
  token = '';
  localStorage.removeItem(HINT);
  localStorage.removeItem(OWNER_HINT);
  note('Forgot the session');
  changes.dispatchEvent(new Event('change'));
}

/** Return the path to go on to after signing in. */
export function nextPage() {
  const asked = new URLSearchParams(location.search).get('next') ?? HOME;
  const url = URL.parse(asked, location.origin);
  return asked.startsWith('/') && url?.origin === location.origin ? url.pathname + url.search + url.hash : HOME;
}

/**
 * Return the address of the sign-in page that comes back to `path` afterwards.
 * @param {string} [path]
 */
export const signInPage = (path = location.pathname + location.search + location.hash) => `/sign-in?next=${encodeURIComponent(path)}`;

/** Hand `?next=` on to the links between signing in and signing up. */
export function keepNext() {
  for (const link of document.querySelectorAll('a[data-keep-next]')) link.setAttribute('href', link.getAttribute('href') + location.search);
}

// By his token the API knows the owner, and tells him how each of his calls was served.
if (isOwners) carry(() => freshToken().catch(() => ''));
