/**
 * The detour to the sign-in page, and the way back: the address's `?next=`, if it is a page of this site.
 *
 *     keepTyped(); location.assign(signInPage());    // and on that page: location.replace(nextPage());
 *     restoreTyped();                                // back again
 *
 * What was typed waits in this tab, passwords and codes excepted.
 */

const HOME = '/account';
const TYPED = `typed:${location.pathname}`;
const SECRETS = ['current-password', 'new-password', 'one-time-code'];

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

/** Keep what is typed in the page's forms until the shopper is back. */
export function keepTyped() {
  const forms = [...document.forms].filter((form) => form.id);
  sessionStorage.setItem(TYPED, JSON.stringify(forms.map((form) => [form.id, typedIn(form)])));
}

/** Give the forms what was typed in them before the detour, and open those that are folded away. */
export function restoreTyped() {
  const kept = /** @type {[string, [string, string][]][]} */ (JSON.parse(sessionStorage.getItem(TYPED) ?? '[]'));
  sessionStorage.removeItem(TYPED);
  for (const [id, typed] of kept) {
    const form = document.getElementById(id);
    if (!(form instanceof HTMLFormElement) || typed.length === 0) continue;
    for (const [name, value] of typed) {
      const field = form.elements.namedItem(name);
      if (field && 'value' in field) field.value = value;
    }
    form.closest('details')?.setAttribute('open', '');
  }
}

/** @param {HTMLFormElement} form */
function typedIn(form) {
  const secrets = [...form.elements].filter((one) => one instanceof HTMLInputElement && SECRETS.includes(one.autocomplete));
  const names = secrets.map((one) => one.getAttribute('name'));
  return [...new FormData(form)].filter(([name, value]) => value !== '' && !names.includes(name));
}
