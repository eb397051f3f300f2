/** In place of a page that could not be had: what was looked at lately, and the page itself once there is a connection. */

import '../shell.js';
import { sleep } from '../api.js';
import { showSeen } from '../recently-seen.js';

const PAUSE_MS = 3_000;

/** Look for the page now and then: a connection that is back may be gone again. */
async function waitForPage() {
  do await sleep(PAUSE_MS);
  while (!(await fetch(location.href, { method: 'HEAD', cache: 'no-store' }).catch(() => null)));
  location.reload();
}

showSeen();
await waitForPage();
