// The engine has two builds, with and without relaxed SIMD: each browser gets the one that is faster there, and both give
// the same numbers.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { CASES, HOST, MAP, PATIENCE, stage } from './harness.mjs';

const TEXTS = CASES.filter(({ id }) => ['sentence', 'pair', 'one-character', 'rtl', 'tokens-128'].includes(id));

describe("the engine's builds", () => {
  const { visit } = stage();

  /** Opens a page whose browser prefers the builds in this order. */
  async function preferring(builds) {
    const page = await visit(HOST);
    await page.route('**/engine-build.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${await response.text()}\nself.engineBuilds = () => ${JSON.stringify(builds)};` });
    });
    return page;
  }

  /** Runs the texts; which builds were asked for, beside. */
  async function run(page) {
    const asked = [];
    page.context().on('request', (request) => asked.push(new URL(request.url()).pathname.split('/').pop()));
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
    return { traces, programs: asked.filter((name) => name.startsWith('engine') && name.endsWith('.wasm')) };
  }

  test('give the same numbers to the last bit, and only the right one is fetched', { timeout: PATIENCE }, async () => {
    const pages = [await preferring(['engine_relaxed', 'engine']), await preferring(['engine'])];
    const [with_, without] = [await run(pages[0]), await run(pages[1])];
    for (const page of pages) page.assertClean();
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

  for (const [preferred, other, adapter] of [
    ['engine', 'engine_relaxed', 'WebAssembly relaxed SIMD'],
    ['engine_relaxed', 'engine', 'WebAssembly SIMD'],
  ]) {
    test(`are there for each other: without ${preferred}, ${other} runs`, { timeout: PATIENCE }, async () => {
      const page = await preferring([preferred, other]);
      await page.route(`**/${preferred}_bg.wasm`, (route) => route.abort());
      const { traces } = await run(page);
      assert.deepEqual(new Set(traces.map((trace) => trace.adapter)), new Set([adapter]));
    });
  }

  test('are preferred by what their instructions take', { timeout: PATIENCE }, async () => {
    const page = await visit(HOST);
    const choose = (browser) => page.evaluate(async ({ valid, bits8, bits16, tick }) => {
      let time = 0;
      const scope = {};
      const source = await (await fetch('./map/engine-build.js')).text();
      // A clock that moves in ticks, and loops that move it.
      const clock = { now: () => { time += 0.001; return Math.floor(time / tick) * tick; } };
      const loops = { run: (turns, number, is16) => { time += turns * (is16 ? bits16 : bits8); } };
      const assembly = { validate: () => valid, Module: function Module() {}, Instance: function Instance() { return { exports: loops }; } };
      new Function('self', 'performance', 'WebAssembly', source)(scope, clock, assembly);
      return scope.engineBuilds();
    }, { valid: true, tick: 0.1, ...browser });
    const [relaxedFirst, plainFirst] = [['engine_relaxed', 'engine'], ['engine', 'engine_relaxed']];
    const turn = 1e-5; // milliseconds
    for (const tick of [0.005, 0.1, 1, 100 / 6]) {
      assert.deepEqual(await choose({ bits8: 0.7 * turn, bits16: turn, tick }), relaxedFirst, `ticks of ${tick} ms`);
      assert.deepEqual(await choose({ bits8: 1.2 * turn, bits16: turn, tick }), relaxedFirst, `ticks of ${tick} ms`);
      assert.deepEqual(await choose({ bits8: 1.8 * turn, bits16: turn, tick }), plainFirst, `ticks of ${tick} ms`);
    }
    assert.deepEqual(await choose({ valid: false, bits8: 0.7 * turn, bits16: turn }), ['engine']);
    // And of this browser.
    const builds = await page.evaluate(async () => {
      await import('./map/engine-build.js');
      return self.engineBuilds();
    });
    assert.deepEqual(builds.toSorted(), plainFirst);
    page.assertClean();
  });

  test('of which the service worker keeps one', { timeout: PATIENCE }, async () => {
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
    const build = kept.includes('engine.js') ? 'engine' : 'engine_relaxed';
    assert.deepEqual(kept, ['engine-address.js', 'engine-build.js', 'engine-worker.js', `${build}.js`, `${build}_bg.wasm`].sort());
    page.assertClean();
  });
});
