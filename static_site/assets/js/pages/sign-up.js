/** Creating an account, which signs in too: on success, on to `?next=` or the account. */

import '../shell.js';
import { call } from '../api.js';
import { keepNext, nextPage } from '../next.js';
import { find } from '../dom.js';
import { handle } from '../forms.js';
import { begin } from '../session.js';
import { showStrength } from '../strength.js';

const form = find('#sign-up', HTMLFormElement);

keepNext();
showStrength(form);
handle(form, async (body) => {
  begin(await call('POST', '/accounts', { body, cookie: true }));
  location.replace(nextPage());
});
