/** The cart of this browser, in localStorage, as the shop keeps it. */

const KEY = 'cart';

export const lines = () => JSON.parse(localStorage.getItem(KEY) ?? '[]');
export const count = () => lines().reduce((sum, line) => sum + line.quantity, 0);

export function add(item, quantity) {
  const others = lines().filter((line) => line.sku !== item.sku);
  const before = lines().find((line) => line.sku === item.sku)?.quantity ?? 0;
  localStorage.setItem(KEY, JSON.stringify([...others, { ...item, quantity: before + quantity }]));
  dispatchEvent(new Event('cart'));
}
