// Where the engine's worker starts.

// Each file is named in full, because that is how bundlers find it, and how they know where they have put it.
const worker = () => new URL('./engine-worker.js', import.meta.url);
const builds = () => ({
  engine: new URL('./engine_bg.wasm', import.meta.url).href,
  engine_relaxed: new URL('./engine_relaxed_bg.wasm', import.meta.url).href,
});

let elsewhere;

/** The address to start the engine's worker with. */
export function engineAddress() {
  const address = worker();
  address.hash = new URLSearchParams(builds()).toString();
  if (address.origin === self.origin) return address.href;
  // A browser starts no worker from another origin, which is where everything lies that a sandboxed frame sees. A worker of
  // this page's own may import from there: it has the page's storage, which keeps the model. A sandboxed frame has none, and
  // Chromium runs no module from a blob: of an origin that is none.
  // What is imported on the way, not at the top, is a script to a content security policy, and no worker.
  const script = `import(${JSON.stringify(address.href)}).catch((error) => setTimeout(() => { throw error; }));`;
  elsewhere ??= self.origin === 'null'
    ? `data:text/javascript,${encodeURIComponent(script)}`
    : URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  return elsewhere;
}
