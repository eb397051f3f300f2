/**
 * Where to go after signing in: the address's `?next=`, if it is a page of this site.
 *
 *     location.replace(nextPage());
 */

const HOME = '/account';

/** Return the path to go on to. */
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
