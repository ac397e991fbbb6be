// The page around the element: keeps what is seen in the address, and itself in a cache.

import './attention-map.js';

const element = document.querySelector('attention-map');

// What an address may carry, as attributes. What equals the page's own attributes is left out of it.
const CARRIED = ['text', 'text-b', 'layer', 'head', 'scale'];
const defaults = new Map(CARRIED.map((name) => [name, element.getAttribute(name)]));

function open() {
  const carried = new URLSearchParams(location.hash.slice(1));
  for (const name of CARRIED) {
    const value = carried.has(name) ? carried.get(name) : defaults.get(name);
    if (value === element.getAttribute(name)) continue;
    if (value === null) element.removeAttribute(name);
    else element.setAttribute(name, value);
  }
}

function keep({ detail }) {
  const now = { text: detail.text, 'text-b': detail.textB, layer: detail.layer, head: detail.head, scale: detail.scale };
  const first = { layer: '0', head: '0', scale: 'unit' };
  const carried = new URLSearchParams();
  for (const name of CARRIED) {
    const value = now[name] === null ? null : String(now[name]);
    if (value !== null && value !== (defaults.get(name) ?? first[name])) carried.set(name, value);
  }
  const hash = carried.toString();
  history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search);
}

const backend = new URLSearchParams(location.search).get('backend');
if (backend !== null) element.setAttribute('backend', backend);
open();
element.addEventListener('attention-map:change', keep);
addEventListener('hashchange', open);

// Without a service worker (an old browser, an address that is not secure) the page works, online.
navigator.serviceWorker?.register(new URL('./sw.js', import.meta.url)).catch((error) => {
  console.info('attention-map: this page will not open offline:', error.message);
});
