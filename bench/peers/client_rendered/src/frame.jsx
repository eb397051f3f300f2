/** What stands around every page. */

import { useEffect, useState } from 'react';
import shop from 'shop';
import { count } from './cart.js';
import { plain } from './words.js';

export function Frame({ children }) {
  return (
    <>
      <a className="skip" href="#main">Skip to the content</a>
      <header className="site">
        <div className="wrap masthead">
          <a className="logo" href={__BASE__}><Mark /><span>{shop.name}</span></a>
          <form className="search" role="search" action="/search">
            <label className="hide" htmlFor="header-q">Search the shop</label>
            <input id="header-q" name="q" type="search" maxLength={200} placeholder="Search" autoComplete="off" enterKeyHint="search" />
            <button aria-label="Search"><Icon name="search" /></button>
          </form>
          <nav className="you" aria-label="You">
            <a href="/sign-in"><Icon name="person" /><span>Sign in</span></a>
            <button type="button"><Icon name="cloche" /><span>Kitchen view</span></button>
            <a href="/cart"><Icon name="basket" /><span>Cart</span> <CartCount /></a>
          </nav>
        </div>
        <nav className="shelves" aria-label="Shelves"><Shelves /></nav>
      </header>
      <main id="main" tabIndex={-1}>{children}</main>
      <Footer />
    </>
  );
}

function CartCount() {
  const [things, setThings] = useState(count);
  useEffect(() => {
    const show = () => setThings(count());
    addEventListener('cart', show);
    addEventListener('storage', show);
    return () => {
      removeEventListener('cart', show);
      removeEventListener('storage', show);
    };
  }, []);
  return <span className="count" hidden={things === 0}>{things}</span>;
}

const Shelves = () => (
  <ul>{shop.categories.map(({ slug, name }) => <li key={slug}><a href={`/categories/${slug}`}>{name}</a></li>)}</ul>
);

const Footer = () => (
  <footer className="site">
    <div className="wrap">
      <div>
        <p className="logo"><Mark /><span>{shop.name}</span></p>
        <p>{shop.tagline}. This is a demonstration shop: you can click through everything, but no money moves and no parcel leaves.</p>
      </div>
      <nav aria-label="All shelves"><h2>Shelves</h2><Shelves /></nav>
      <div>
        <h2>Delivery and returns</h2>
        <ul>
          {shop.delivery_methods.map(({ method, name, price, free_when_qualified: free, promise }) => (
            <li key={method}>{name}: {plain(price)}{free && `, free over ${plain(shop.free_delivery_from)}`}, {promise}.</li>
          ))}
          <li>Send anything back within {shop.returns_days} days.</li>
          <li>All prices include tax.</li>
        </ul>
      </div>
      <div>
        <h2>Good to know</h2>
        <ul>
          <li>No trackers, no adverts, no cookies until you sign in.</li>
          <li>We deliver to {shop.countries.join(', ')}.</li>
          <li><a href="/account">Your account</a></li>
          <li><button className="quiet" type="button">Follow an order through our open kitchen</button></li>
        </ul>
      </div>
    </div>
  </footer>
);

const Mark = () => (
  <svg className="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
    <path d="M5 29V15a11 11 0 0 1 22 0v14z" fill="currentColor" />
    <path className="cut" d="M19 9.5v10" strokeWidth="2.2" strokeLinecap="round" />
    <path className="bowl" d="M10 19h10.1a5 5 0 0 1-10.1 0z" />
  </svg>
);

const PATHS = {
  search: ['M3.5 9a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0', 'm13.2 13.2 4.3 4.3'],
  person: ['M6.7 6.8a3.3 3.3 0 1 0 6.6 0a3.3 3.3 0 1 0-6.6 0', 'M3.5 17.5c.6-3.6 3.2-5.4 6.5-5.4s5.9 1.8 6.5 5.4'],
  cloche: ['M2.5 15.5h15M4 13a6 6 0 0 1 12 0zM10 7V5.2'],
  basket: ['M2.5 8h15l-1.6 9.5H4.1zM6 8l3-5.5M14 8l-3-5.5'],
};

const Icon = ({ name }) => (
  <svg className="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
    {PATHS[name].map((d) => <path key={d} d={d} />)}
  </svg>
);
