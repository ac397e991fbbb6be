// The WebAssembly programs that elements are made of, each loaded once for all elements of a page.

import { failure } from './language.js';
// The build makes it of src/page/style/.
import style from './style.js';

// The smallest module that uses a SIMD instruction, which the programs cannot do without.
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/**
 * Where each program comes from: a function to a promise of its JavaScript `module` and the `source` of its WebAssembly (an
 * address, a response, bytes, or a promise of one); where the program is cut in two, also of the address of the half that
 * comes `later`. A bundle may put its own in their place, before the first is loaded.
 */
export const programs = {
  // Paints what was stored.
  viewer: async () => ({ module: await import('./viewer.js'), source: new URL('./viewer_bg.wasm', import.meta.url) }),
  // Everything but the engine, which it starts as a worker.
  app: async () => ({
    module: await import('./app.js'),
    source: new URL('./app_bg.wasm', import.meta.url),
    later: new URL('./app_later_bg.wasm', import.meta.url),
  }),
  // What compares and disturbs.
  lab: async () => ({ module: await import('./lab.js'), source: new URL('./lab_bg.wasm', import.meta.url) }),
};

const loaded = new Map();

/** A program's exports, the style sheet that its elements share, and a function that loads the half that comes later. */
export function load(name) {
  if (!loaded.has(name)) {
    const loading = start(name);
    // The next attempt begins anew.
    loading.catch(() => loaded.delete(name));
    loaded.set(name, loading);
  }
  return loaded.get(name);
}

async function start(name) {
  if (typeof WebAssembly !== 'object' || !WebAssembly.validate(SIMD)) {
    throw failure('unsupported', 'This browser lacks WebAssembly SIMD, which the map is computed with. Browsers since 2023 have it.');
  }
  try {
    const { module, source, later } = await programs[name]();
    await module.default({ module_or_path: source });
    if (module.later) {
      if (!later) throw new Error(`programs.${name} gives no address of the half that comes later`);
      module.later.address = new URL(later, import.meta.url).href;
    }
    const whole = async () => module.later?.load().catch((error) => {
      throw failure('page-not-started', "The rest of the map's program could not be loaded: {0}", error.message);
    });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(module.style?.() ?? style);
    return { module, sheet, whole };
  } catch (error) {
    throw name === 'lab'
      ? failure('page-not-started', 'The program that compares could not be started: {0}', error.message)
      : failure('page-not-started', "The map's program could not be started: {0}", error.message);
  }
}
