/** Creating an account, which signs in too: on success, on to `?next=` or the account. */

import { shareCart } from '../shell.js';
import { call } from '../api.js';
import { find } from '../dom.js';
import { handle } from '../forms.js';
import { begin, keepNext, nextPage } from '../session.js';
import { showStrength } from '../strength.js';

const form = find('#sign-up', HTMLFormElement);

keepNext();
showStrength(form);
handle(form, async (body) => {
  begin(await call('POST', '/accounts', { body, cookie: true }));
  await shareCart();
  location.replace(nextPage());
});
