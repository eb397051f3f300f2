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
 * Return every match, as HTML elements.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement[]}
 */
export const findAll = (selector, root = document) => [...root.querySelectorAll(selector)].map((one) => /** @type {HTMLElement} */ (one));
