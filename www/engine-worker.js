// The engine's module worker. What fails here without being caught, fails where the page can hear it.
import './engine-build.js';

self.addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  setTimeout(() => { throw event.reason; });
});

const { default: init } = await import(`./${self.engineBuild}.js`);
await init({ module_or_path: new URL(`./${self.engineBuild}_bg.wasm`, import.meta.url) });
