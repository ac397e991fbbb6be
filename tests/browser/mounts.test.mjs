// Elements that come and go, as in a program that changes its pages: what they took is given back.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch, required } from './chromium.mjs';
import { PATIENCE, open } from './harness.mjs';
import { serve } from './server.mjs';
import { stored } from './stored.mjs';

const PAGE = `<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,">
  <script type="module" src="/map/attention-map.js"></script></html>`;

describe('elements that are mounted and removed', () => {
  let site;
  let browser;
  let page;
  let devtools;

  before(async () => {
    site = await serve({ '/map/': required('ATTENTION_MAP_DIST'), '/stored.json': stored, '/': { page: PAGE } });
    browser = await launch();
    const context = await browser.newContext();
    // What the programs' memories and workers are, of all that there ever were.
    await context.addInitScript(() => {
      window.memories = [];
      const { instantiate, instantiateStreaming } = WebAssembly;
      const keep = (made) => {
        const memory = Object.values((made.instance ?? made).exports).find((value) => value instanceof WebAssembly.Memory);
        if (memory) window.memories.push(memory);
        return made;
      };
      WebAssembly.instantiate = (...given) => instantiate.apply(WebAssembly, given).then(keep);
      WebAssembly.instantiateStreaming = (...given) => instantiateStreaming.apply(WebAssembly, given).then(keep);
      window.started = 0;
      window.Worker = class extends Worker {
        constructor(...given) {
          super(...given);
          window.started += 1;
        }
      };
    });
    page = await open(context, site, '/');
    devtools = await context.newCDPSession(page);
  }, { timeout: PATIENCE });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  /** What the page holds on to, after the garbage is gone. */
  const held = async () => {
    for (let round = 0; round < 3; round++) {
      await devtools.send('HeapProfiler.collectGarbage');
      await page.waitForTimeout(50);
    }
    const { jsEventListeners: listeners, nodes } = await devtools.send('Memory.getDOMCounters');
    const { usedSize: heap } = await devtools.send('Runtime.getHeapUsage');
    const memory = await page.evaluate(() => window.memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
    return { listeners, nodes, heap, memory, workers: page.workers().length };
  };

  /** Mounts and removes `count` elements, each after it has shown its map. */
  const come = (count, attributes) => page.evaluate(async ([count, attributes]) => {
    for (let round = 0; round < count; round++) {
      const element = document.createElement('attention-map');
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      document.body.append(element);
      await element.ready;
      if (!('src' in attributes)) await element.run(`text ${round % 7}`);
      await new Promise(requestAnimationFrame);
      if (!element.shadowRoot.querySelector('[part~="matrix"], [part~="grid"]')) throw new Error('no map was shown');
      element.remove();
      // Taken away in a microtask, and the worker with the last one.
      await new Promise((done) => setTimeout(done));
    }
  }, [count, attributes]);

  /** Mounts and removes `count`, after some whose only purpose is that what is made once is made; what has grown. */
  const grown = async (count, attributes) => {
    await come(20, attributes);
    const before = await held();
    await come(count, attributes);
    const afterwards = await held();
    return Object.fromEntries(Object.keys(before).map((name) => [name, afterwards[name] - before[name]]));
  };

  const nothing = (grown) => {
    assert.equal(grown.workers, 0, 'no worker more');
    assert.ok(grown.listeners <= 5, `${grown.listeners} listeners more`);
    assert.ok(grown.nodes <= 100, `${grown.nodes} nodes more`);
    // An element that stayed would be 20 kB, and its trace as much again.
    assert.ok(grown.heap < 800_000, `${grown.heap} bytes of JavaScript more, for 200 elements`);
    assert.ok(grown.memory <= 2 * 65_536, `${grown.memory} bytes of the programs' memory more`);
  };

  test('200 stored ones leave nothing behind', { timeout: PATIENCE }, async () => {
    nothing(await grown(200, { src: '/stored.json', layer: '3' }));
    assert.equal(page.workers().length, 0);
  });

  test('200 live ones leave nothing behind, beside one that stays', { timeout: PATIENCE }, async () => {
    await page.evaluate(async () => {
      window.staying = document.createElement('attention-map');
      window.staying.setAttribute('backend', 'cpu');
      document.body.append(window.staying);
      await window.staying.run('It stays.');
    });
    nothing(await grown(200, { backend: 'cpu', text: 'It was too tired.' }));
    assert.equal(page.workers().length, 1);
    await page.evaluate(async () => {
      window.staying.remove();
      delete window.staying;
      await new Promise((done) => setTimeout(done, 200));
    });
    assert.equal(page.workers().length, 0, 'the last one ends the worker');
  });

  test('live ones that come after the last has gone start the engine anew, and leave nothing either', { timeout: PATIENCE }, async () => {
    const before = await page.evaluate(() => window.started);
    await come(3, { backend: 'cpu', text: 'It was too tired.' });
    assert.equal(await page.evaluate(() => window.started), before + 3);
    assert.equal(page.workers().length, 0);
  });

  test('twelve at once share one worker and one copy of the weights, and the last one ends it', { timeout: PATIENCE }, async () => {
    const [started, texts] = await page.evaluate(async () => {
      const before = window.started;
      const elements = Array.from({ length: 12 }, () => {
        const element = document.createElement('attention-map');
        element.setAttribute('backend', 'cpu');
        document.body.append(element);
        return element;
      });
      const traces = await Promise.all(elements.map((element, index) => element.run(`number ${index}`)));
      return [window.started - before, traces.map((trace) => trace.texts[0])];
    });
    assert.equal(started, 1);
    assert.deepEqual(texts, Array.from({ length: 12 }, (_, index) => `number ${index}`));
    assert.equal(page.workers().length, 1);
    const downloads = site.requests.filter(({ path }) => path.endsWith('model.safetensors'));
    assert.equal(downloads.length, 1, 'the weights came once, in all of this file; the browser keeps them');
    await page.evaluate(async () => {
      for (const element of document.querySelectorAll('attention-map')) element.remove();
      await new Promise((done) => setTimeout(done, 200));
    });
    assert.equal(page.workers().length, 0);
    page.assertClean();
  });
});
