/** Draws the frame at once, and the page as soon as its data have come. */

import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import shop from 'shop';
import { Frame } from './frame.jsx';
import { Home } from './home.jsx';
import { Product } from './product.jsx';

const PAGES = { home: Home, product: Product };

function App() {
  const [data, setData] = useState();
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
