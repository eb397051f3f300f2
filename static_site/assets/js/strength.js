/**
 * How hard a password is to guess, roughly. It advises; only the API refuses.
 */

import { find } from './dom.js';

const WORDS = ['Too short', 'Weak', 'Fair', 'Good', 'Strong'];
const BITS = [0, 38, 54, 72];
const OBVIOUS = /pass(word)?|qwert[yz]|letmein|welcome|admin|love|(19|20)\d\d/g;

/**
 * Rate a password from 0, too short, to 4, strong. What repeats, counts up or stands in `own` adds little.
 * @param {string} password
 * @param {string} own the shopper's name and address
 */
export function strengthOf(password, own) {
  if (password.length < 8) return 0;
  let rest = password.toLowerCase();
  for (const word of own.toLowerCase().split(/[\s@._-]+/)) if (word[2]) rest = rest.replaceAll(word, '*');
  rest = rest.replace(OBVIOUS, '*').replace(/(.+?)\1+/g, '$1');
  const steps = [...rest].filter((_, at) => Math.abs(rest.charCodeAt(at) - rest.charCodeAt(at - 1)) !== 1);
  const pool = 26 + (/[A-Z]/.test(password) ? 26 : 0) + (/\d/.test(rest) ? 10 : 0) + (/[^a-z\d]/.test(rest) ? 33 : 0);
  const bits = ((steps.length + new Set(steps).size) / 2) * Math.log2(pool);
  return BITS.filter((least) => bits >= least).length;
}

/** Fill the form's [data-strength] while its field is typed in. @param {HTMLFormElement} form */
export function showStrength(form) {
  const shown = find('[data-strength]', HTMLElement, form);
  const field = find(`#${shown.dataset.strength}`, HTMLInputElement);
  let pause = 0;
  form.addEventListener('input', () => {
    const own = [...form.querySelectorAll('input:not([minlength])')].map((one) => (one instanceof HTMLInputElement ? one.value : ''));
    const strength = strengthOf(field.value, own.join(' '));
    find('meter', HTMLMeterElement, shown).value = strength;
      clearTimeout(pause);
    pause = setTimeout(() => (find('p', HTMLElement, shown).textContent = field.value && (WORDS[strength] ?? '')), 400);
  });
}
