/**
 * Plain sentences for a learner: what each stage, each call to the database and each status means.
 *
 *     explain('TransactWriteItems')     // "All or nothing: …"
 */

/** The six steps in which a page and a backend talk. */
export const STEPS = ['What you did', 'The page asks', 'The backend understands', 'Logic and database', 'The answer', 'What the page did'];

/** @type {Record<string, string>} */
const STAGES = {
  queue: 'The browser lines the request up. For an address other than the page’s own it may first ask the API whether this page may call it at all.',
  connect: 'The browser opens a connection to the API. The next request goes through the same one.',
  network: 'The request travels to the API, is served there, and the first byte of the answer comes back. What the API does not account for below is the way.',
  cache: 'No request was sent: the browser still had a fresh answer.',
  pause: 'Nothing came of the last try, so the page waits a random moment, lest everybody comes back at once, and asks again. It does so only where asking twice does no harm.',
  download: 'The rest of the answer arrives.',
  receive: 'The API takes the body in, and turns away what is too big or not JSON.',
  authorise: 'Who asks? The access token’s signature and its time are checked. Guests pass where guests may.',
  validate: 'Every field is held against the contract: its type, its length, its range. All that is wrong is told at once.',
  logic: 'The shop’s own rules run: prices, stock, who may do what. The calls below happen meanwhile.',
  respond: 'The result becomes JSON, in the shape that the contract promises.',
  more: 'The header that tells of stages has room for 8 KB; these did not fit.',
  GetItem: 'Fetches one item by its key. The quickest question that a table answers.',
  BatchGetItem: 'Fetches several items by their keys, from one table or more, in a single trip.',
  Query: 'Fetches the items that share a key, in order, a page of them at a time.',
  Scan: 'Reads a table from one end to the other. Only where nothing else can answer.',
  PutItem: 'Writes one item, here only if it is still as the shop last saw it.',
  UpdateItem: 'Changes one item where it lies, such as a counter, without reading it first.',
  DeleteItem: 'Removes one item.',
  TransactWriteItems: 'All or nothing: every write happens, each under its own condition, or none does. So stock and order can never disagree.',
  'gateway create': 'Tells the payment gateway how much is to be paid, without taking it. Repeating this gives the same payment, never a second one.',
  'gateway authorise': 'Asks the bank to set the money aside.',
  'gateway confirm': 'Asks the bank to set the money aside.',
  'gateway capture': 'Takes the money that was set aside.',
  'gateway cancel': 'Lets go of the money that was set aside, for good.',
  'gateway refund': 'Gives the money back.',
  'gateway lookup': 'Asks how the payment stands.',
  TimeoutError: 'No answer came in time, so the page stopped waiting. Whether the API did anything is not known; asking again safely is how the page finds out.',
  AbortError: 'The page gave this request up: something newer made the answer useless.',
  TypeError: 'No connection came about, or it broke. Whether the API did anything is not known.',
};

/** @type {Record<string, string>} */
const OUTCOMES = {
  refused: 'Refused: a condition did not hold, so nothing was written. This is how the last unit is sold only once.',
  conflict: 'In conflict: somebody else wrote the same item at the same moment. Nothing was written; the shop tries again.',
  throttled: 'Throttled: the table was too busy for a moment. The shop waits a little and tries again.',
  failed: 'It ended here, without success.',
};

/** @type {Record<number, string>} */
const STATUSES = {
  200: 'OK: here is what you asked for.',
  201: 'Created: it is done and safely written down.',
  202: 'Accepted: it has begun, and its end is not known yet.',
  204: 'Done, and there is nothing more to say.',
  304: 'Not modified: what the browser has is still right.',
  400: 'The request cannot be read as it is.',
  401: 'The API does not know who asks: a password or a code was wrong, or a token’s time is over.',
  402: 'Payment required: the bank did not give the money. Nothing was charged, and what was held is back on the shelf.',
  404: 'There is no such thing, or it is not yours to see.',
  409: 'Conflict: the world has moved on. Sold meanwhile, another price, or still at work on it.',
  412: 'Somebody else changed it first. The page takes the newer version and tries once more.',
  413: 'The body is larger than the API takes.',
  415: 'The body is not JSON.',
  422: 'Understood, but not acceptable: the answer names each field that is wrong.',
  428: 'The page must say which version it means to change.',
  429: 'Too many tries. Retry-After says when to come back.',
  500: 'A fault of the shop’s. The request id leads to what happened.',
  502: 'Something between the page and the API broke.',
  503: 'Too busy right now. Retry-After says when to come back; nothing was left half done.',
};

/** @type {Record<string, string>} */
const FAILURES = { TimeoutError: 'no answer in time', AbortError: 'given up by the page', TypeError: 'no connection' };

/** @param {string} kind */
export const explain = (kind) => STAGES[kind] ?? '';

/** @param {string} outcome */
export const explainOutcome = (outcome) => OUTCOMES[outcome] ?? '';

/** @param {number} status */
export const explainStatus = (status) => STATUSES[status] ?? '';

/** @param {string} failure an error's name */
export const nameFailure = (failure) => FAILURES[failure] ?? 'no answer';

/**
 * What began a conversation, as a sentence.
 * @param {import('../../../types/kitchen').Cause} cause
 * @returns {string}
 */
export function tellCause({ type, name, after }) {
  if (type === 'load') return `The page ${name} opened${after ? `, after ${lower(tellCause(after))}` : ''}`;
  const verb = { click: 'You clicked', submit: 'You sent the form with', change: 'You changed', input: 'You typed in' }[type];
  return name ? `${verb} “${name}”` : `${verb} something without a name`;
}

/** @param {string} words */
const lower = (words) => words.charAt(0).toLowerCase() + words.slice(1);
