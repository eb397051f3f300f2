/**
 * A conversation as a command line. Secrets were never kept, so variables stand in for them: `$TOKEN`, `$ORDER_KEY`.
 *
 *     curlOf(talk, 'http://localhost:8000')
 */

/** @import { Talk } from '../../../types/kitchen' */
import { HIDDEN } from '../recorder.js';

/**
 * @param {Talk} talk
 * @param {string} api its address
 */
export function curlOf({ method, path, headers, cookie, body }, api) {
  const parts = [`curl ${method === 'GET' ? '' : `-X ${method} `}${quote(api + path)}`];
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${headerOf(name, value)}`);
  if (cookie) parts.push('-b "$COOKIE"');
  if (body) parts.push(`--data-raw ${quote(body.replaceAll(HIDDEN, 'FILL-IN'))}`);
  return parts.join(' \\\n  ');
}

/** @param {string} name @param {string} value */
function headerOf(name, value) {
  if (name === 'Authorization') return '"Authorization: Bearer $TOKEN"';
  if (name === 'Idempotency-Key') return '"Idempotency-Key: $(uuidgen)"';
  return value.includes(HIDDEN) ? `"${name}: $${name.replace(/^X-/, '').replaceAll('-', '_').toUpperCase()}"` : quote(`${name}: ${value}`);
}

/** What a POSIX shell takes literally. @param {string} text */
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
