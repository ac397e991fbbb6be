// Which of the engine's builds this browser runs: the one with relaxed SIMD's 8-bit dot products, or the one without.
// A script without exports, so that the service worker can load it as well as the engine's.

// The smallest module that uses the instruction.
const DOT_PRODUCT = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0,
  65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 147, 2, 11,
]);

self.engineBuild = WebAssembly.validate(DOT_PRODUCT) ? 'engine_relaxed' : 'engine';
