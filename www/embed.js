// The element alone, for frames: what it shows stands in the address, and its height is told to the page around the frame.

import { CARRIED, FRAMED, apply, attributesIn } from './address.js';
import './attention-map.js';

const element = document.querySelector('attention-map');
const NAMES = [...CARRIED, ...FRAMED, 'made-with'];

function open() {
  const given = attributesIn(location.hash, NAMES);
  apply(element, NAMES, given);
  // A frame's own ground is white in dark pages, too, unless both say that they are dark.
  document.documentElement.style.colorScheme = { light: 'light', dark: 'dark' }[given.get('theme')] ?? '';
}

open();
addEventListener('hashchange', open);

// A height is no secret, and the frame cannot know whose page it is in.
let told;
new ResizeObserver(() => {
  const height = Math.ceil(element.getBoundingClientRect().bottom + scrollY);
  if (height === told || parent === self) return;
  told = height;
  parent.postMessage({ type: 'attention-map:height', height }, '*');
}).observe(element);
