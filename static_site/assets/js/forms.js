/**
 * Forms that say what is wrong, kindly and at the right time.
 *
 *     handle(form, async (values) => { await call('POST', '/sessions', { body: values }); });
 *
 * A field is checked when it is left, and cleared as soon as it is right. A failed submit lists
 * everything in the form's [data-summary], or else the page's, and focuses it. An API problem's `errors` go to the fields
 * whose `name` they carry, so fields are named like the body's paths (`contact.email`). What is disabled
 * or read-only is not checked.
 *
 *     keepTyped();       // before a detour, to the sign-in page say
 *     restoreTyped();    // back again
 *
 * What was typed waits in this tab; passwords, codes, and fields without a name excepted.
 *
 * Where a try that got no answer may have done its work, so that the next one is refused, the form's `data-maybe` says so.
 */

import { NetworkError, ProblemError, wordsFor } from './api.js';
import { find, findAll } from './dom.js';
import { note } from './recorder.js';

/** @typedef {HTMLInputElement | HTMLSelectElement} Field */
/** @typedef {{ field?: Field, message: string }} Complaint */
/** @typedef {Record<string, { field: string, message: string }>} Blame which field a problem's code is about, and what to say there */

const TYPED = `typed:${location.pathname}`;
const SECRETS = ['current-password', 'new-password', 'one-time-code'];
const title = document.title;

/**
 * Check a form, send it, and show what comes back.
 * @param {HTMLFormElement} form
 * @param {(values: any) => Promise<void>} send throws what the API answered
 * @param {Blame} [blame]
 */
export function handle(form, send, blame = {}) {
  // Heard from the form, because fields may join it later.
  form.addEventListener('focusout', ({ target }) => {
    const field = fieldsOf(form).find((one) => one === target);
    // Not while a button is being pressed: it would move from under the pointer, and miss its click.
    if (field?.value && !form.querySelector('button:active')) mark(field, complaintOf(field));
  });
  form.addEventListener('input', ({ target }) => {
    const field = fieldsOf(form).find((one) => one === target);
    if (field?.ariaInvalid === 'true') mark(field, complaintOf(field));
  });
  for (const button of findAll('[data-reveal]', form)) button.addEventListener('click', () => reveal(button));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isComplete(form)) await pending(form, () => send(valuesOf(form)).catch((error) => refuse(form, error, blame)));
  });
}

/**
 * Check every field; on failure list what is wrong, focus the list and return false.
 * @param {HTMLFormElement} form
 */
function isComplete(form) {
  const complaints = fieldsOf(form).flatMap((field) => {
    const message = complaintOf(field);
    mark(field, message);
    return message ? [{ field, message }] : [];
  });
  summarise(form, complaints);
  return complaints.length === 0;
}

/**
 * Show what an error says, and what a try before it may have done.
 * @param {HTMLFormElement} form
 * @param {unknown} error
 * @param {Blame} blame
 */
function refuse(form, error, blame) {
  const { maybe, unanswered } = form.dataset;
  const isAnswer = error instanceof ProblemError && error.status < 500;
  complain(form, error, blame, maybe && unanswered && isAnswer ? [{ message: maybe }] : []);
  if (error instanceof NetworkError) form.dataset.unanswered = 'true';
}

/**
 * Show what an error says, beside the fields that it names. Errors that are not the API's are thrown on.
 * @param {HTMLFormElement} form
 * @param {unknown} error
 * @param {Blame} [blame]
 * @param {Complaint[]} [more] to be said besides
 */
export function complain(form, error, blame = {}, more = []) {
  if (!(error instanceof ProblemError) && !(error instanceof NetworkError)) throw error;
  const errors = error instanceof ProblemError ? [blame[error.code] ?? error.errors].flat() : [];
  const complaints = errors.map(({ field, message }) => ({ field: fieldsOf(form).find((one) => one.name === field), message }));
  for (const { field, message } of complaints) if (field) mark(field, message);
  const kept = error instanceof NetworkError ? ' What you typed is kept: try again in a moment.' : '';
  summarise(form, [...(complaints.length ? complaints : [{ message: wordsFor(error) + kept }]), ...more]);
  note('Said what is wrong, beside the fields and above the form');
}

/**
 * Disable a form's submit button, or the button itself, with words, while work is under way.
 * @param {HTMLFormElement | HTMLButtonElement} target
 * @param {() => Promise<void>} work
 */
export async function pending(target, work) {
  const button = target instanceof HTMLButtonElement ? target : find('button[data-pending]', HTMLButtonElement, target);
  const label = button.textContent;
  const waiting = button.dataset.pending ?? '';
  button.disabled = true;
  button.textContent = waiting;
  try {
    await work();
  } finally {
    // Unless the work gave the button new words: then its state is new too.
    if (button.textContent === waiting) {
      button.disabled = false;
      button.textContent = label;
    }
  }
}

/**
 * Write values, nested as in a body, into the fields of their names.
 * @param {HTMLFormElement} form
 * @param {Record<string, any>} values
 * @param {string} [prefix]
 */
export function fill(form, values, prefix = '') {
  for (const [key, value] of Object.entries(values)) {
    const field = form.elements.namedItem(prefix + key);
    if (value && typeof value === 'object') fill(form, value, `${prefix}${key}.`);
    else if (field && 'value' in field) field.value = String(value);
  }
}

/**
 * Read a form into a body: `contact.email` becomes `{ contact: { email } }`, and what is empty is left out.
 * @param {HTMLFormElement} form
 */
export function valuesOf(form) {
  /** @type {Record<string, any>} */
  const body = {};
  for (const [name, value] of new FormData(form)) {
    if (value === '') continue;
    const path = name.split('.');
    const last = /** @type {string} */ (path.pop());
    const parent = path.reduce((node, key) => (node[key] ??= {}), body);
    parent[last] = value;
  }
  return body;
}

/** @param {HTMLFormElement} form */
const fieldsOf = (form) => [...form.elements].filter((one) => one instanceof HTMLInputElement || one instanceof HTMLSelectElement).filter((one) => one.willValidate);

/**
 * Say what is wrong with a field; nothing if it is right.
 * @param {Field} field
 */
function complaintOf(field) {
  const { missing = 'Fill this in', wrong = 'This does not look right' } = field.dataset;
  if (field.required && field.value.trim() === '') return missing;
  if (field.validity.customError) return field.validationMessage;
  const tooShort = field instanceof HTMLInputElement && field.value.length < field.minLength;
  return field.validity.valid && !tooShort ? '' : wrong;
}

/**
 * @param {Field} field
 * @param {string} message
 */
function mark(field, message) {
  const line = document.getElementById(`${field.id}-error`);
  if (!line) return;
  line.textContent = message;
  line.hidden = message === '';
  field.ariaInvalid = message ? 'true' : null;
}

/**
 * List what is wrong, and focus the list; nothing hides it.
 * @param {HTMLFormElement} form
 * @param {Complaint[]} complaints
 */
export function summarise(form, complaints) {
  const summary = find('[data-summary]', HTMLElement, form.querySelector('[data-summary]') ? form : document);
  find('[data-summary-list]', HTMLElement, summary).replaceChildren(...complaints.map(complaintItem));
  summary.hidden = complaints.length === 0;
  document.title = complaints.length ? `Error: ${title}` : title;
  if (complaints.length) summary.focus();
}

/** @param {Complaint} complaint */
function complaintItem({ field, message }) {
  const item = document.createElement('li');
  if (!field) {
    item.textContent = message;
    return item;
  }
  const link = document.createElement('a');
  link.href = `#${field.id}`;
  link.textContent = message;
  link.addEventListener('click', (event) => {
    event.preventDefault();
    field.focus();
  });
  item.append(link);
  return item;
}

/** @param {HTMLElement} button */
function reveal(button) {
  const field = find(`#${button.dataset.reveal}`, HTMLInputElement);
  const shown = field.type === 'text';
  field.type = shown ? 'password' : 'text';
  button.ariaPressed = String(!shown);
}

/** Keep what is typed in the page's forms until the shopper is back. */
export function keepTyped() {
  const forms = [...document.forms].filter((form) => form.id);
  sessionStorage.setItem(TYPED, JSON.stringify(forms.map((form) => [form.id, typedIn(form)])));
}

/** Give the forms what was typed in them before the detour, and open those that are folded away. */
export function restoreTyped() {
  const kept = /** @type {[string, [string, string][]][]} */ (JSON.parse(sessionStorage.getItem(TYPED) ?? '[]'));
  sessionStorage.removeItem(TYPED);
  for (const [id, typed] of kept) {
    const form = document.getElementById(id);
    if (!(form instanceof HTMLFormElement) || typed.length === 0) continue;
    for (const [name, value] of typed) {
      const field = form.elements.namedItem(name);
      if (field && 'value' in field) field.value = value;
    }
    form.closest('details')?.setAttribute('open', '');
  }
}

/** @param {HTMLFormElement} form */
function typedIn(form) {
  const secrets = [...form.elements].filter((one) => one instanceof HTMLInputElement && SECRETS.includes(one.autocomplete));
  const names = secrets.map((one) => one.getAttribute('name'));
  return [...new FormData(form)].filter(([name, value]) => value !== '' && !names.includes(name));
}
