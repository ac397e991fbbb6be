// The page around the element: keeps what is seen in the address, and itself in a cache.

import { CARRIED, apply, attributesIn, hashOf } from './address.js';
import { defaultOf, propertyOf, tr } from './attention-map.js';

const element = document.querySelector('attention-map');

// What equals the page's own attributes is left out of the address.
const own = new Map(CARRIED.map((name) => [name, element.getAttribute(name)]));

// Milliseconds between two changes of the address. Browsers refuse many more than this.
const PAUSE = 300;

let address;
let timer;

function open() {
  settle();
  const names = [...CARRIED, 'made-with'];
  apply(element, names, new Map([...own, ...attributesIn(location.hash, names)]));
}

function keep({ detail }) {
  const next = addressOf(detail);
  if (detail.replaced) {
    // A step of its own, so that Back brings what was written back.
    write();
    settle();
    history.pushState(null, '', next);
    return;
  }
  address = next;
  if (timer !== undefined) return;
  // It takes milliseconds: after the frame that shows what was chosen.
  requestAnimationFrame(() => setTimeout(write));
  timer = setTimeout(() => {
    timer = undefined;
    write();
  }, PAUSE);
}

function addressOf(detail) {
  const carried = new Map();
  for (const name of CARRIED) {
    const now = detail[propertyOf(name)];
    const value = now === null || now === false ? null : String(now === true ? '' : now);
    if (value !== null && value !== (own.get(name) ?? String(defaultOf(name)))) carried.set(name, value);
  }
  // So that whoever opens it with other weights is told.
  if (carried.size > 0) carried.set('made-with', detail.madeWith);
  return hashOf(carried) || location.pathname + location.search;
}

function write() {
  if (address !== undefined) history.replaceState(null, '', address);
  address = undefined;
}

/** Forgets what waits to be written: the address is newer. */
function settle() {
  clearTimeout(timer);
  timer = address = undefined;
}

const asked = new URLSearchParams(location.search);
for (const name of ['model', 'backend', 'developer']) {
  if (!asked.has(name)) continue;
  element.setAttribute(name, asked.get(name));
  if (own.has(name)) own.set(name, asked.get(name));
}
open();
element.addEventListener('attention-map:change', keep);
element.addEventListener('attention-map:link', write);
addEventListener('hashchange', open);
addEventListener('popstate', open);
addEventListener('pagehide', write);

// What stands around the element speaks its language. The English texts are the page's own.
const around = [...document.querySelectorAll('title, h1, header p, footer p, footer a')].map((node) => [node, node.textContent]);
addEventListener('attention-map:language', ({ detail }) => {
  document.documentElement.lang = detail.language;
  for (const [node, english] of around) node.textContent = tr(english);
});

// Without a service worker (an old browser, an address that is not secure) the page works, online.
navigator.serviceWorker?.register(new URL('./sw.js', import.meta.url)).catch((error) => {
  console.info('attention-map: this page will not open offline:', error.message);
});
