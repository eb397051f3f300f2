/**
 * Keeps the catalogue that was looked at, so that it can be looked at again without a connection.
 *
 * The network comes first; what is kept comes where it fails, or takes too long. What is kept says since when, in
 * `Server-Timing: kept;desc="…"`, and the page says so. The cart, the checkout, an account, stock and quotes are never
 * kept. A page that cannot be had is answered by `/offline`.
 */

/** Set to false and published, it takes itself out of every browser, with all that it has kept. */
const KEEPING = true;
/** Another one drops what was kept before. */
const VERSION = 1;
const PATIENCE_MS = 4_000;
const OFFLINE = '/offline';
const PAGES = /^\/(?:$|search$|offline$|(?:categories|products)\/[^/]+$)/;
const ANSWERS = /^(?:\/api)?\/(?:products|categories|suggestions)(?:\/|$)/;
const ASSETS = /(?:href|src)="(\/assets\/[^"]+)"/g;
const MOST = { pages: 60, assets: 240, answers: 40 };

/** @typedef {keyof typeof MOST} Shelf */

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/**
 * Say where an answer is kept, if it may be.
 * @param {Request} request
 * @returns {Shelf | null}
 */
function shelfFor({ headers, method, mode, url }) {
  const { origin, pathname } = new URL(url);
  if (method !== 'GET' || headers.has('Authorization')) return null;
  if (mode === 'navigate') return PAGES.test(pathname) ? 'pages' : null;
  if (origin === location.origin && pathname.startsWith('/assets/')) return 'assets';
  // The pages' policy lets them ask no origin but the API's.
  const isApi = origin !== location.origin || pathname.startsWith('/api/');
  return isApi && ANSWERS.test(pathname) ? 'answers' : null;
}

/** A page is the same whatever its query: the query is its module's to read. @type {(shelf: Shelf, url: string) => string} */
const keyOf = (shelf, url) => (shelf === 'pages' ? new URL(url).pathname : url);

/** @param {Shelf} shelf */
const open = (shelf) => caches.open(`${shelf}-${VERSION}`);

/** @type {(shelf: Shelf, url: string) => Promise<Response | undefined>} */
const kept = async (shelf, url) => (await open(shelf)).match(keyOf(shelf, url));

/**
 * Keep an answer, and drop the oldest beyond the bound.
 * @param {Shelf} shelf
 * @param {string} url
 * @param {Response} answer
 */
async function keep(shelf, url, answer) {
  if (!answer.ok || answer.redirected) return;
  const headers = new Headers(answer.headers);
  if (!url.endsWith(OFFLINE)) headers.set('Server-Timing', `kept;desc="${new Date().toISOString()}"`);
  const cache = await open(shelf);
  await cache.put(keyOf(shelf, url), new Response(answer.body, { headers }));
  const all = await cache.keys();
  await Promise.all(all.slice(0, Math.max(0, all.length - MOST[shelf])).map((one) => cache.delete(one)));
}

/**
 * Keep a page and all that its markup names.
 * @param {string} url
 */
async function keepWhole(url) {
  const page = await fetch(url);
  const markup = await page.clone().text();
  const assets = new Set([...markup.matchAll(ASSETS)].map(([, path = '']) => path));
  await Promise.all([
    keep('pages', page.url, page),
    ...[...assets].map(async (path) => {
      const asset = await fetch(path);
      await keep('assets', asset.url, asset);
    }),
  ]);
}

/** The windows whose page was brought out of what is kept: what belongs to it is, too. @type {Set<string>} */
const behind = new Set();

/**
 * Answer from the network, else from what is kept, else by the page that says that there is no connection.
 * @param {FetchEvent} event
 * @param {Shelf | null} shelf
 * @returns {Promise<Response>}
 */
async function answer(event, shelf) {
  const { clientId, request, resultingClientId } = event;
  const fresh = fetchFresh(request);
  event.waitUntil(fresh.then((found) => shelf && keep(shelf, request.url, found.clone())).catch(() => {}));
  const copy = shelf && (await kept(shelf, request.url));
  if (copy && shelf === 'assets' && behind.has(clientId)) return copy;
  if (!copy) return request.mode === 'navigate' ? fresh.catch(offline) : fresh;
  const late = new Promise((_, reject) => setTimeout(reject, PATIENCE_MS));
  return Promise.race([fresh, late]).then((found) => (found.status < 500 ? found : Promise.reject())).catch(() => {
    behind.add(resultingClientId);
    return copy;
  });
}

/** Offline, the browser's own cache would answer, and not say that it is no network. @param {Request} request */
const fetchFresh = (request) => fetch(request, navigator.onLine ? {} : { cache: 'no-store' });

const offline = async () => (await kept('pages', location.origin + OFFLINE)) ?? Response.error();

/** Take the place of the worker before, and keep what was opened without either. */
async function start() {
  const shelves = Object.keys(MOST).map((shelf) => `${shelf}-${VERSION}`);
  for (const name of await caches.keys()) if (!shelves.includes(name)) await caches.delete(name);
  await worker.clients.claim();
  const open = await worker.clients.matchAll({ type: 'window' });
  await Promise.allSettled(open.filter(({ url }) => PAGES.test(new URL(url).pathname)).map(({ url }) => keepWhole(url)));
}

async function leave() {
  for (const name of await caches.keys()) await caches.delete(name);
  await worker.registration.unregister();
}

worker.addEventListener('install', (event) => {
  worker.skipWaiting();
  if (KEEPING) event.waitUntil(keepWhole(OFFLINE));
});
worker.addEventListener('activate', (event) => event.waitUntil(KEEPING ? start() : leave()));
worker.addEventListener('fetch', (event) => {
  const shelf = shelfFor(event.request);
  if (KEEPING && (shelf || event.request.mode === 'navigate')) event.respondWith(answer(event, shelf));
});
