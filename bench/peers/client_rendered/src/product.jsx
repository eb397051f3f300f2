/** A product's page: choose a variant, see its price and stock, add it to the cart. */

import { useEffect, useState } from 'react';
import shop from 'shop';
import { Cards, useStock } from './cards.jsx';
import { add, count } from './cart.js';
import { format, plain, stockText } from './words.js';

const QUANTITIES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

export function Product({ product, related }) {
  const [chosen, setChosen] = useState(product.variants[0]);
  const others = useAnswer(related);
  const stock = useStock([...product.variants.map(({ sku }) => sku), ...(others ?? []).flatMap(({ skus }) => skus)]);
  const category = shop.categories.find(({ slug }) => slug === product.category);
  return (
    <div className="wrap">
      <nav className="crumbs" aria-label="Breadcrumb">
        <ol>
          <li><a href={__BASE__}>Home</a></li>
          <li><a href={`/categories/${category.slug}`}>{category.name}</a></li>
          <li><a href={`${__BASE__}/products/${product.slug}`} aria-current="page">{product.name}</a></li>
        </ol>
      </nav>
      <article className="product">
        <div className="plate"><img fetchPriority="high" src={chosen.image} alt={product.image_alt} width="400" height="500" /></div>
        <div className="buy">
          <header>
            <p className="material">{product.material}</p>
            <h1>{product.name}</h1>
            <p className="price">{format(chosen.price)}</p>
          </header>
          <Form product={product} chosen={chosen} choose={setChosen} stock={stock} />
          <section className="story" aria-label="Description">
            <p>{product.description}</p>
            <dl className="details">
              {Object.entries(product.details).map(([term, fact]) => <div key={term}><dt>{term}</dt><dd>{fact}</dd></div>)}
            </dl>
          </section>
        </div>
      </article>
      {others?.length > 0 && (
        <section className="related" aria-labelledby="related">
          <h2 id="related">From the same shelf</h2>
          <p><a className="more" href={`/categories/${category.slug}`}>All of {category.name.toLowerCase()}</a></p>
          <Cards products={others} stock={stock} />
        </section>
      )}
    </div>
  );
}

function Form({ product, chosen, choose, stock }) {
  const [quantity, setQuantity] = useState(1);
  const [said, setSaid] = useState('');
  const availability = stock.get(chosen.sku);
  const soldOut = availability?.state === 'sold_out';
  const most = availability?.state === 'low' ? availability.available : Infinity;

  function submit(event) {
    event.preventDefault();
    const name = [product.name, ...Object.values(chosen.options)].join(', ');
    add({ sku: chosen.sku, name, slug: product.slug, image: chosen.image, price: chosen.price }, quantity);
    setSaid(`Added ${quantity} × ${name}. ${count()} in the cart. `);
  }

  return (
    <form onSubmit={submit}>
      {Object.keys(chosen.options).map((axis) => <Options key={axis} axis={axis} variants={product.variants} chosen={chosen} choose={choose} stock={stock} />)}
      <div className="amount">
        <label htmlFor="quantity">Quantity</label>
        <select id="quantity" autoComplete="off" value={quantity} onChange={({ target }) => setQuantity(Number(target.value))}>
          {QUANTITIES.map((number) => <option key={number} disabled={number > most}>{number}</option>)}
        </select>
        <p className="stock" data-stock={availability?.state ?? ''}>{stockText(availability)}</p>
      </div>
      <p className="row to-buy">
        <button className="btn" disabled={soldOut}>{soldOut ? 'Sold out' : 'Add to cart'}</button>
        <button className="btn ghost" type="button" hidden={soldOut} onClick={() => location.assign(`/checkout?sku=${chosen.sku}&quantity=${quantity}`)}>Buy now</button>
      </p>
      <p className="added" role="status">{said}{said && <a href="/cart">Go to the cart</a>}</p>
      <Terms price={chosen.price} />
    </form>
  );
}

function Options({ axis, variants, chosen, choose, stock }) {
  const likeness = (variant) => Object.entries(chosen.options).filter(([key, value]) => variant.options[key] === value).length;
  const nearest = (value) => variants.filter(({ options }) => options[axis] === value).sort((a, b) => likeness(b) - likeness(a))[0];
  return (
    <fieldset className="options">
      <legend>{axis}</legend>
      {[...new Set(variants.map(({ options }) => options[axis]))].map((value) => {
        const gone = stock.get(nearest(value).sku)?.state === 'sold_out';
        return (
          <label key={value} className={gone ? 'gone' : undefined}>
            <input type="radio" name={axis} value={value} checked={chosen.options[axis] === value} onChange={() => choose(nearest(value))} />
            <span>{value}<span className="hide">{gone && ', sold out'}</span></span>
          </label>
        );
      })}
    </fieldset>
  );
}

function Terms({ price }) {
  const [cheapest] = shop.delivery_methods;
  const free = cheapest.free_when_qualified && price.amount >= shop.free_delivery_from;
  return (
    <dl className="terms">
      <div>
        <dt>Delivery</dt>
        <dd>{free ? `Free delivery, ${cheapest.promise}.` : `${plain(cheapest.price)}, ${cheapest.promise}. Free when you spend ${plain(shop.free_delivery_from)}.`}</dd>
      </div>
      <div><dt>Returns</dt><dd>Within {shop.returns_days} days, for any reason.</dd></div>
    </dl>
  );
}

/** What a promise gives, once it has. */
function useAnswer(promise) {
  const [answer, setAnswer] = useState();
  useEffect(() => {
    promise.then(setAnswer, () => {});
  }, [promise]);
  return answer;
}
