/**
 * The card form of the sandbox gateway: test cards only, turned into tokens here, so that no number leaves the page.
 *
 *     const card = await mountCard(container, quote.total);
 *     const method = await card.token();    // 'tok_visa'
 *     card.update(quote.total);             // other gateways show the amount
 *
 * The fields have no `name`, so that no request, form data or storage takes them up. forms.js checks them with the
 * form that they stand in.
 */

/** @import { Money } from '../../types/api' */
import { html, nothing, render } from '../vendor/lit-html.js';
import { find } from './dom.js';

const CARDS = [
  { number: '4242424242424242', token: 'tok_visa', does: 'goes through' },
  { number: '4000000000000002', token: 'tok_declined', does: 'the bank refuses it' },
  { number: '4000000000009995', token: 'tok_insufficient_funds', does: 'there is not enough money on it' },
  { number: '4000002500003155', token: 'tok_requires_action', does: 'the bank asks you to confirm' },
  { number: '4000000000000044', token: 'tok_timeout', does: 'the bank’s answer gets lost, then it goes through' },
  { number: '4000000000000119', token: 'tok_error', does: 'the bank never answers; the order is given up' },
];
const MOST_DIGITS = 19;
const FEWEST_DIGITS = 12;

/** @param {string} text */
const digitsIn = (text) => text.replace(/\D/g, '');

/** @param {string} digits */
const grouped = (digits) => digits.slice(0, MOST_DIGITS).replace(/(.{4})(?=.)/g, '$1 ');

/** Write `04 / 29`, however it was typed. @param {string} digits */
function dated(digits) {
  const all = /^[2-9]/.test(digits) ? `0${digits}` : digits;
  const year = /^20\d\d/.test(all.slice(2)) ? all.slice(4, 6) : all.slice(2, all.startsWith('20', 2) ? 6 : 4);
  return year ? `${all.slice(0, 2)} / ${year}` : all;
}

/** Whether a number's last digit fits the others (Luhn, ISO/IEC 7812-1). @param {string} digits */
function isConsistent(digits) {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** @param {string} text */
function wrongNumber(text) {
  const digits = digitsIn(text);
  if (digits.length < FEWEST_DIGITS || !isConsistent(digits)) return 'Check the card number: a digit is wrong or missing';
  return CARDS.some(({ number }) => number === digits) ? '' : 'This shop is a demonstration and takes test cards only';
}

/** @param {string} text */
function wrongExpiry(text) {
  const [, month = 0, year = 0] = (/^(\d\d) \/ (\d\d)$/.exec(text) ?? []).map(Number);
  if (month < 1 || month > 12) return 'Enter the expiry date as month and year, such as 04 / 29';
  return new Date(2000 + year, month) > new Date() ? '' : 'This card has expired: the date must lie ahead';
}

/** @param {string} text */
const wrongCode = (text) => (/^\d{3,4}$/.test(text) ? '' : 'Enter the 3 digits from the back of the card');

/** How each field is written, and what can be wrong with it. */
const FIELDS = [
  { id: 'card-number', label: 'Card number', autocomplete: 'cc-number', missing: 'Enter the card number', write: grouped, wrong: wrongNumber },
  { id: 'card-expiry', label: 'Expiry date', autocomplete: 'cc-exp', hint: 'MM / YY', missing: 'Enter the expiry date', write: dated, wrong: wrongExpiry },
  { id: 'card-code', label: 'Security code', autocomplete: 'cc-csc', hint: '3 digits on the back', missing: 'Enter the security code', write: (/** @type {string} */ digits) => digits.slice(0, 4), wrong: wrongCode },
];
/** @typedef {typeof FIELDS[number]} Field */

/**
 * Write a field's digits as the card does; the caret stays behind the digit that it stood behind.
 * @param {HTMLInputElement} input
 * @param {Field} field
 */
function tidy(input, { write, wrong }) {
  const caret = input.selectionStart ?? input.value.length;
  const atEnd = caret === input.value.length;
  const before = digitsIn(input.value.slice(0, caret)).length;
  const text = write(digitsIn(input.value));
  if (text !== input.value) {
    input.value = text;
    const place = new RegExp(`(?:\\D*\\d){${before}}`).exec(text)?.[0].length ?? text.length;
    if (document.activeElement === input && !atEnd) input.setSelectionRange(place, place);
  }
  input.setCustomValidity(text && wrong(text));
}

/** @param {Field} field */
const fieldView = (field) => html`
  <div class="field">
    <label for=${field.id}>${field.label} <span class="need">required</span></label>
    ${field.hint ? html`<p class="hint" id="${field.id}-hint">${field.hint}</p>` : nothing}
    <p class="wrong" id="${field.id}-error" hidden></p>
    <input id=${field.id} required inputmode="numeric" autocomplete=${field.autocomplete} spellcheck="false" data-missing=${field.missing}
      aria-describedby="${field.hint ? `${field.id}-hint ` : ''}${field.id}-error"
      @input=${(/** @type {Event} */ event) => tidy(/** @type {HTMLInputElement} */ (event.target), field)} />
  </div>
`;

/**
 * Show the form in a container, which stands in a form that forms.js handles.
 * @type {(container: HTMLElement, amount: Money) => Promise<{ token: () => Promise<string>, update: (amount: Money) => void }>}
 */
export const mountCard = async (container) => {
  /** @param {string} id */
  const input = (id) => find(`#${id}`, HTMLInputElement, container);

  /** @param {typeof CARDS[number]} card */
  function fillIn({ number, does }) {
    const year = new Date().getFullYear() + 3;
    const values = { 'card-number': number, 'card-expiry': `12${year % 100}`, 'card-code': '123' };
    for (const [id, value] of Object.entries(values)) {
      input(id).value = value;
      // As if it were typed, so that whatever was wrong is cleared.
      input(id).dispatchEvent(new Event('input', { bubbles: true }));
    }
    find('[data-filled]', HTMLElement, container).textContent = `Filled in: ${grouped(number)}, ${does}.`;
  }

  const [first, ...others] = FIELDS.map(fieldView);
  render(
    html`
      <p class="hint">This shop is a demonstration: it takes test cards only, and no money moves.</p>
      <p class="row"><button class="btn ghost small" type="button" @click=${() => fillIn(/** @type {typeof CARDS[number]} */ (CARDS[0]))}>Fill in a test card</button></p>
      <details>
        <summary>Test cards</summary>
        <p class="hint">Each does something else. Any date ahead and any code go with them.</p>
        <ul>${CARDS.map((card) => html`<li><button type="button" @click=${() => fillIn(card)}><span class="price">${grouped(card.number)}</span> <span class="hint">${card.does}</span></button></li>`)}</ul>
      </details>
      <p class="hint" role="status" data-filled></p>
      ${first}
      <div class="pair even">${others}</div>
    `,
    container,
  );
  return {
    token: async () => CARDS.find(({ number }) => number === digitsIn(input('card-number').value))?.token ?? '',
    update: () => {},
  };
};
