// The engine's module worker. What fails here without being caught, fails where the page can hear it.
import init from './engine.js';

self.addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  setTimeout(() => { throw event.reason; });
});

await init({ module_or_path: new URL('./engine_bg.wasm', import.meta.url) });
