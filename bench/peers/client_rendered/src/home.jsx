/** The home page. */

import shop from 'shop';
import { Cards, EmptyCards, useStock } from './cards.jsx';
import { FEATURED } from './data.js';
import { NO_BREAK_SPACE, plain } from './words.js';

/** Before its data have come, the shelves lack their counts, and the cards are empty. */
export function Home({ categories, featured }) {
  const stock = useStock(featured?.flatMap(({ skus }) => skus) ?? []);
  const [cheapest] = shop.delivery_methods;
  return (
    <div className="wrap">
      <section className="hero">
        <div>
          <h1>{shop.tagline}</h1>
          <p className="lead">Steel, iron, copper, stoneware and cherry wood, made to be used every day and handed on. Put the kettle on and have a look round.</p>
          <p className="row"><a className="btn" href="#start">Start here</a> <a className="more" href="/search">See everything</a></p>
        </div>
        <img fetchPriority="high" src="/assets/images/hero.svg" alt="A copper pot, a sage teapot, a bowl and a pepper mill on a shelf before a clay hearth, with a pan and a ladle hanging above" width="880" height="720" />
      </section>
      <ul className="facts">
        <li><strong>Free delivery over {plain(shop.free_delivery_from)}</strong> and {plain(cheapest.price)} below that</li>
        <li><strong>{shop.returns_days} days to change your mind</strong> used once or not at all</li>
        <li><strong>No account needed</strong> to buy, or to follow an order</li>
      </ul>
      <section className="contents" aria-labelledby="shelves">
        <h2 id="shelves">On the shelves</h2>
        <ol>{(categories ?? shop.categories).map((category) => <Shelf key={category.slug} {...category} />)}</ol>
      </section>
      <section aria-labelledby="start">
        <h2 id="start" tabIndex={-1}>A good place to start</h2>
        {featured ? <Cards products={featured} stock={stock} /> : <EmptyCards number={FEATURED} />}
      </section>
    </div>
  );
}

function Shelf({ slug, name, count }) {
  const { image, tagline } = shop.categories.find((one) => one.slug === slug);
  return (
    <li>
      <img className="scene" loading="lazy" src={image} alt="" width="720" height="400" />
      <h3><a href={`/categories/${slug}`}><span>{name}</span></a></h3>
      <p className="tally">{count ?? NO_BREAK_SPACE}{count !== undefined && <span className="hide"> products</span>}</p>
      <p className="tagline">{tagline}</p>
    </li>
  );
}
