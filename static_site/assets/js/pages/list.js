/** A published list, home or a category: shows live stock on its cards. */

import '../shell.js';
import { readSoon } from '../api.js';
import { showCardStock } from '../stock.js';

await readSoon(showCardStock);
// Nobody looks for the trail of a shopper who has none.
if (localStorage.getItem('seen')) await import('../recently-seen.js').then(({ showSeen }) => showSeen(), () => {});
