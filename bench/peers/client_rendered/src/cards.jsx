/** Products in a list, with their live stock once it is known. */

import { useEffect, useState } from 'react';
import { stockOf } from './data.js';
import { format, stockText, together } from './words.js';

/** Ask for the stock of skus when they are first shown. */
export function useStock(skus) {
  const [stock, setStock] = useState(new Map());
  const asked = skus.join(' ');
  useEffect(() => {
    if (asked) stockOf(asked.split(' ')).then(setStock, () => {});
  }, [asked]);
  return stock;
}

export const Cards = ({ products, stock }) => (
  <ul className="grid">{products.map((product) => <Card key={product.slug} product={product} stock={stock} />)}</ul>
);

function Card({ product, stock }) {
  const availability = together(product.skus.flatMap((sku) => stock.get(sku) ?? []));
  return (
    <li className="card">
      <div className="plate"><img loading="lazy" src={product.image} alt={product.image_alt} width="400" height="500" /></div>
      <h3><a href={`${__BASE__}/products/${product.slug}`}>{product.name}</a></h3>
      <p className="price">{product.price_varies && 'from '}<span>{format(product.price)}</span></p>
      <p className="stock" data-stock={availability?.state ?? ''}>{stockText(availability)}</p>
    </li>
  );
}
