// Keeps the page's own files, so that it opens again without its server: network first, then what was kept.
// Model files are the engine's to keep (src/worker/fetch.rs) and pass by here.

importScripts('./engine-build.js');

const CACHE = 'attention-map-page';

// The first visit loads these before there is a service worker, so it has to fetch them itself. The program that learns
// (trainer.js) is large and only for who watches it: it is kept when it is fetched.
const files = () => [
  './', './index.html', './index.css', './index.js', './address.js', './favicon.svg', './attention-map.js', './programs.js',
  './language.js', './style.js', './engine-address.js', './ground.js',
  './forms.css', './made.js', './translation.html', './translation.css', './translation.js', './translator.js', './alignment.js',
  './learn.html', './learn.css', './learn.js', './learn-worker.js', './learn-map.js', './chart.js',
  './later.js', './app.js', './app_bg.wasm', './app_later_bg.wasm', './viewer.js', './viewer_bg.wasm',
  './lab.js', './lab_bg.wasm', './engine-worker.js', './engine-build.js', './words/zh-Hans.json',
  ...self.engineBuilds().slice(0, 1).flatMap((build) => [`./${build}.js`, `./${build}_bg.wasm`]),
];

addEventListener('install', (event) => {
  skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(files())));
});

addEventListener('activate', (event) => event.waitUntil(clients.claim()));

addEventListener('fetch', (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== 'GET' || address.origin !== location.origin) return;
  if (address.pathname.startsWith(new URL('./models/', location.href).pathname)) return;
  event.respondWith(answer(event));
});

async function answer(event) {
  const { request } = event;
  try {
    const response = await fetch(request);
    if (response.ok) {
      const kept = response.clone();
      event.waitUntil(caches.open(CACHE).then((cache) => cache.put(withoutSearch(request), kept)));
    }
    return response;
  } catch (error) {
    const kept = await caches.match(withoutSearch(request), { cacheName: CACHE });
    if (kept) return kept;
    throw error;
  }
}

// One copy of a file, whatever its address asks of the page.
function withoutSearch(request) {
  const address = new URL(request.url);
  address.search = '';
  address.hash = '';
  return address.href;
}
