/** What each page needs of the API, asked for all at once where one answer does not need another. */

export const FEATURED = 8;
const RELATED = 5;

/** Return the product that an address names, if it does: the other page is home. */
export const slugIn = (path) => /\/products\/([^/]+)$/.exec(path)?.[1];

/** Return the page that an address shows, and its data. */
export async function load(path) {
  const slug = slugIn(path);
  return slug ? product(slug) : home();
}

/** Ask the API. */
export async function get(path) {
  const answer = await fetch(`/api${path}`);
  if (!answer.ok) throw new Error(`${answer.status} ${path}`);
  return answer.json();
}

/** Ask for live stock; by sku. */
export async function stockOf(skus) {
  const { items } = await get(`/availability?${new URLSearchParams(skus.map((sku) => ['sku', sku]))}`);
  return new Map(items.map((one) => [one.sku, one]));
}

async function home() {
  const [categories, featured] = await Promise.all([get('/categories'), get(`/products?limit=${FEATURED}`)]);
  return { page: 'home', categories: categories.items, featured: featured.items };
}

async function product(slug) {
  const found = await get(`/products/${slug}`);
  return { page: 'product', product: found, related: related(found) };
}

/** The neighbours are not waited for. */
async function related({ slug, category }) {
  const { items } = await get(`/products?${new URLSearchParams({ category, limit: RELATED })}`);
  return items.filter((one) => one.slug !== slug).slice(0, RELATED - 1);
}
