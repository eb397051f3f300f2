/** Draws the frame and home at once, whose shelves are filled as soon as their data have come; a product's page waits for its data. */

import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import shop from 'shop';
import { slugIn } from './data.js';
import { Frame } from './frame.jsx';
import { Home } from './home.jsx';
import { Product } from './product.jsx';

const PAGES = { home: Home, product: Product };
const EMPTY_HOME = { page: 'home' };

function App() {
  const [data, setData] = useState(slugIn(location.pathname) ? undefined : EMPTY_HOME);
  const [trouble, setTrouble] = useState(false);
  useEffect(() => {
    globalThis.started.then(setData, () => setTrouble(true));
  }, []);
  useEffect(() => {
    if (data) document.title = data.page === 'home' ? `${shop.name}: ${shop.tagline.toLowerCase()}` : `${data.product.name} – ${shop.name}`;
  }, [data]);
  const Page = data && PAGES[data.page];
  return <Frame>{trouble ? <p className="wrap notice">This page did not load. Please try again.</p> : Page && <Page {...data} />}</Frame>;
}

createRoot(document.getElementById('root')).render(<App />);
