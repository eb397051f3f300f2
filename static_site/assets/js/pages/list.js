/** A published list, home or a category: shows live stock on its cards. */

import '../shell.js';
import { showCardStock } from '../stock.js';

await showCardStock().catch(() => {});
