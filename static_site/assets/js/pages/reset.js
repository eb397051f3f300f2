/** A forgotten password: ask for a link, or, having followed it, choose a new password. */

import '../shell.js';
import { call, ProblemError } from '../api.js';
import { find, showStep } from '../dom.js';
import { handle } from '../forms.js';
import { dropToken, takeToken } from '../mail-link.js';
import { keepNext } from '../session.js';
import { showStrength } from '../strength.js';

const ask = find('#ask', HTMLFormElement);
const choose = find('#choose', HTMLFormElement);
const token = takeToken();

keepNext();
showStrength(choose);
handle(ask, async (body) => {
  await call('POST', '/password-resets', { body });
  find('[data-asked]', HTMLElement).textContent = body.email;
  showStep('asked');
});
find('[data-again]', HTMLButtonElement).addEventListener('click', () => showStep('ask'));

handle(choose, async ({ password }) => {
  try {
    await call('POST', '/password-resets/confirmation', { body: { token, password } });
    showStep('done');
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'link_stale') throw error;
    find('[data-stale]', HTMLElement).hidden = false;
    find('[data-maybe]', HTMLElement).hidden = !choose.dataset.unanswered;
    showStep('ask');
  }
  dropToken();
});

showStep(token ? 'choose' : 'ask');
