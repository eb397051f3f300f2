/** Products in a list, with their live stock once it is known. */

import { useEffect, useState } from 'react';
import { stockOf } from './data.js';
import { NO_BREAK_SPACE, format, stockText, together } from './words.js';

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

/** As many cards as will come, and about as high. */
export const EmptyCards = ({ number }) => (
  <ul className="grid" aria-hidden="true">{Array.from({ length: number }, (_, index) => <EmptyCard key={index} />)}</ul>
);

const EmptyCard = () => (
  <li className="card">
    <div className="plate" />
    <h3>{NO_BREAK_SPACE}</h3>
    <p className="price">{NO_BREAK_SPACE}</p>
    <p className="stock" />
  </li>
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
