/**
 * Finding elements, with their types.
 *
 *     const form = find('#checkout', HTMLFormElement);
 */

/**
 * Return the first match. A page that lacks it is broken, so its absence throws.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @param {ParentNode} [root]
 * @returns {T}
 */
export function find(selector, type, root = document) {
  const element = root.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(`No ${type.name} matches ${selector}`);
}

/**
 * Show one of the page's [data-step]s; where it takes another's place, the keyboard goes to its heading.
 * @param {string} name
 * @param {ParentNode} [root]
 */
export function showStep(name, root = document) {
  const steps = findAll('[data-step]', root);
  const replaces = steps.some((step) => !step.hidden);
  for (const step of steps) step.hidden = step.dataset.step !== name;
  if (replaces) findAll(`[data-step="${name}"] :is(h1, h3)[tabindex]`, root)[0]?.focus();
}

/**
 * Return every match, as HTML elements.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement[]}
 */
export const findAll = (selector, root = document) => [...root.querySelectorAll(selector)].map((one) => /** @type {HTMLElement} */ (one));
