/** Asks for the page's data at once, while the library is still on its way. */

import { load } from './data.js';

globalThis.started = load(location.pathname);
globalThis.started.catch(() => {});
