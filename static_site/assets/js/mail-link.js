/**
 * The token that a mail's link brings in its fragment: read once, then taken out of the address bar.
 *
 *     const token = takeToken();
 *
 * A reload still finds it, in the history entry of this tab, until `dropToken()`.
 */

const tokenInAddress = () => new URLSearchParams(location.hash.slice(1)).get('token') ?? '';

/** Return the token, or nothing. */
export function takeToken() {
  const token = tokenInAddress() || String(history.state?.token ?? '');
  history.replaceState({ token }, '', location.pathname + location.search);
  return token;
}

/** The token is spent. */
export const dropToken = () => history.replaceState(null, '', location.pathname + location.search);

// Another link of the same kind, opened in the same tab, changes no more than the fragment.
addEventListener('hashchange', () => tokenInAddress() && location.reload());
