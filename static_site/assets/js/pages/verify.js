/** Confirming an email address: follows the token of a mail's link at once. */

import '../shell.js';
import { call, ProblemError, wordsFor } from '../api.js';
import { find, showStep } from '../dom.js';
import { pending } from '../forms.js';
import { dropToken, takeToken } from '../mail-link.js';
import { callAsShopper, isStillSignedIn, signInPage } from '../session.js';

const token = takeToken();
const retry = find('[data-retry]', HTMLButtonElement);
const renew = find('[data-renew]', HTMLButtonElement);

async function confirm() {
  try {
    await call('POST', '/email-verifications', { body: { token } });
    finish('done');
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'link_stale') return tellStale();
    find('[data-trouble-text]', HTMLElement).textContent = wordsFor(error);
    showStep('trouble');
  }
}

/** The link may be stale because it did its work before: then all is well. */
async function tellStale() {
  const account = (await isStillSignedIn().catch(() => false)) ? await callAsShopper('GET', '/account').catch(() => null) : null;
  if (account?.email_verified && !account.pending_email) return finish('done');
  find('[data-signed-in]', HTMLElement).hidden = account === null;
  find('[data-signed-out]', HTMLElement).hidden = account !== null;
  find('[data-signed-out] a', HTMLAnchorElement).href = signInPage('/account');
  finish('stale');
}

/** @param {string} step */
function finish(step) {
  dropToken();
  showStep(step);
}

renew.addEventListener('click', () =>
  pending(renew, async () => {
    const said = find('[data-said]', HTMLElement);
    try {
      await callAsShopper('POST', '/account/verification');
      said.textContent = 'A new link is on its way.';
    } catch (error) {
      said.textContent = wordsFor(error);
    }
  }),
);
retry.addEventListener('click', () => pending(retry, confirm));

if (token) await confirm();
else showStep('none');
