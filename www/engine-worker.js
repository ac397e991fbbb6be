// The engine's module worker. What fails here without being caught, fails where the page can hear it.
//
// After its # the worker's address says where the WebAssembly of each build lies, since bundlers give files other names; what
// it does not say lies beside this file. A bundler may also make one file of this one and what it imports.
import './engine-build.js';

self.addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  setTimeout(() => { throw event.reason; });
});

const BUILDS = {
  engine: () => import('./engine.js'),
  engine_relaxed: () => import('./engine_relaxed.js'),
};

const addresses = new URLSearchParams(new URL(import.meta.url).hash.slice(1));

async function start(build) {
  const wasm = addresses.get(build) ?? new URL(/* @vite-ignore */ `./${build}_bg.wasm`, import.meta.url).href;
  const { default: init } = await BUILDS[build]();
  await init({ module_or_path: wasm });
  self.engineBuild = build;
}

// Without a network, only the build that ran last time may be there.
const [preferred, ...others] = self.engineBuilds();
let started = start(preferred);
for (const build of others) started = started.catch((error) => start(build).catch(() => { throw error; }));
await started;
