/** The page of what is not there: a product that was withdrawn is no longer among those looked at. */

import '../shell.js';
import { forget, showSeen } from '../recently-seen.js';

forget(location.pathname.replace(/^\/products\//, ''));
showSeen();
