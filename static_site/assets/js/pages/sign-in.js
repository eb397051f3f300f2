/** Signing in: on success, on to `?next=` or the account. */

import '../shell.js';
import { call } from '../api.js';
import { keepNext, nextPage } from '../next.js';
import { find } from '../dom.js';
import { handle } from '../forms.js';
import { begin } from '../session.js';

keepNext();
handle(find('#sign-in', HTMLFormElement), async (body) => {
  begin(await call('POST', '/sessions', { body, cookie: true }));
  location.replace(nextPage());
});
