// The engine has two builds, with and without relaxed SIMD: each browser gets the one that it can run, and both give
// the same numbers.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { CASES, HOST, MAP, PATIENCE, stage } from './harness.mjs';

const TEXTS = CASES.filter(({ id }) => ['sentence', 'pair', 'one-character', 'rtl', 'tokens-128'].includes(id));

describe("the engine's builds", () => {
  const { visit } = stage();

  /** Opens a page whose browser says that it has relaxed SIMD, or not; runs the texts. */
  async function run(relaxed) {
    const page = await visit(HOST);
    const asked = [];
    page.context().on('request', (request) => asked.push(new URL(request.url()).pathname.split('/').pop()));
    if (!relaxed) {
      await page.route('**/engine-build.js', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: `WebAssembly.validate = () => false;\n${await response.text()}` });
      });
    }
    const traces = await page.evaluate(async (texts) => {
      const element = document.createElement('attention-map');
      element.setAttribute('backend', 'cpu');
      document.body.append(element);
      await element.ready;
      const traces = [];
      for (const { text, textB } of texts) {
        const { adapter, maps: [{ weights }] } = await element.run(text, textB);
        const hash = await crypto.subtle.digest('SHA-256', weights);
        traces.push({ adapter, length: weights.length, largest: weights.reduce((a, b) => Math.max(a, b)), hash: [...new Uint8Array(hash)].join() });
      }
      return traces;
    }, TEXTS.map(({ text, textB }) => ({ text, textB })));
    page.assertClean();
    return { traces, programs: asked.filter((name) => name.startsWith('engine') && name.endsWith('.wasm')) };
  }

  test('give the same numbers to the last bit, and only the right one is fetched', { timeout: PATIENCE }, async () => {
    const [with_, without] = [await run(true), await run(false)];
    assert.deepEqual(with_.programs, ['engine_relaxed_bg.wasm']);
    assert.deepEqual(without.programs, ['engine_bg.wasm']);
    assert.equal(TEXTS.length, 5);
    for (const [index, trace] of with_.traces.entries()) {
      assert.equal(trace.adapter, 'WebAssembly relaxed SIMD');
      assert.equal(without.traces[index].adapter, 'WebAssembly SIMD');
      assert.ok(trace.largest > 0.1 && trace.largest <= 1, `${trace.largest}`);
      assert.deepEqual({ ...without.traces[index], adapter: '' }, { ...trace, adapter: '' }, TEXTS[index].id);
    }
  });

  test('of which the service worker keeps the one that is run', { timeout: PATIENCE }, async () => {
    const page = await visit(MAP);
    const kept = await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      const cache = await caches.open('attention-map-page');
      for (let names = []; ; ) {
        names = (await cache.keys()).map(({ url }) => url.split('/').pop()).filter((name) => name.startsWith('engine'));
        if (names.length >= 5) return names.sort();
        await new Promise((done) => setTimeout(done, 50));
      }
    });
    assert.deepEqual(kept, ['engine-address.js', 'engine-build.js', 'engine-worker.js', 'engine_relaxed.js', 'engine_relaxed_bg.wasm']);
    page.assertClean();
  });
});
