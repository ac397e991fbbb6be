// What must not change: where things stand while results come in, and how much memory is taken.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { LENSES, VIEWS, calm, explore, opened, run } from './explorer.mjs';
import { CASES, FIRST, MAP, PATIENCE, part, shows, stage } from './harness.mjs';

/** As many texts as a reader may type in an hour. */
const TEXTS = 200;
const LONG = CASES.find(({ id }) => id === 'tokens-512').text;
/** After so many texts, everything that is kept is there. */
const SETTLED = 20;

describe('nothing jumps', () => {
  const { visit } = stage();

  /** In the page: keeps where parts stand in every frame, from now on. */
  const watch = () => {
    const { shadowRoot } = document.querySelector('attention-map');
    const parts = ['tokens', 'grid', 'matrix', 'legend'];
    window.places = [];
    const look = () => {
      const places = parts.map((part) => {
        const element = shadowRoot.querySelector(`[part~="${part}"]`);
        if (!element) return `${part} is gone`;
        const { x, y, width } = element.getBoundingClientRect();
        return `${part} ${[x, y + scrollY, width].map(Math.round)}`;
      }).join('; ');
      if (window.places.at(-1) !== places) window.places.push(places);
      window.watching = requestAnimationFrame(look);
    };
    look();
  };

  for (const [name, viewport] of [['wide', { width: 1280, height: 900 }], ['on a telephone', { width: 360, height: 740 }]]) {
    test(`while letters are typed and maps come in, ${name}`, { timeout: PATIENCE }, async () => {
      const page = await visit(`${MAP}#text=The+man`, { viewport });
      await shows(page, 'The man');
      await calm(page);
      await page.evaluate(watch);
      await part(page, 'text').press('End');
      for (const text of [' ran', ' on']) {
        await part(page, 'text').pressSequentially(text, { delay: 60 });
        await page.waitForFunction((text) => window.trace.texts[0].endsWith(text), text);
        await calm(page);
      }
      assert.equal((await page.evaluate(() => window.places)).length, 1, (await page.evaluate(() => window.places)).join('\n'));
      // And the check sees what does move.
      await page.evaluate(() => { document.querySelector('header').style.paddingTop = '40px'; });
      await calm(page);
      assert.ok((await page.evaluate(() => window.places)).length > 1);
      page.assertClean();
    });
  }

  test('while the pointer moves over words and cells, and what is said of them changes', { timeout: PATIENCE }, async () => {
    const page = await opened(visit);
    await calm(page);
    await page.evaluate(watch);
    const { x, y, width, height } = await part(page, 'matrix').boundingBox();
    for (const share of [0.3, 0.45, 0.6, 0.75, 0.9]) {
      await page.mouse.move(x + width * share, y + height * share);
      await calm(page);
      await part(page, 'token').nth(Math.round(share * 15)).hover();
      await calm(page);
    }
    const places = await page.evaluate(() => window.places);
    assert.equal(places.length, 1, places.join('\n'));
  });
});

describe('bertviz 82: 512 tokens', () => {
  const { visit } = stage();

  test('make no element of a weight, in any view', { timeout: PATIENCE }, async () => {
    const page = await opened(visit);
    const elements = async () => {
      const counts = {};
      for (const view of VIEWS) {
        await explore(page, { view });
        counts[view] = await page.evaluate(() => document.querySelector('attention-map').shadowRoot.querySelectorAll('*').length);
      }
      return counts;
    };
    const few = await elements();
    await run(page, LONG);
    assert.equal(await page.evaluate(() => window.trace.maps[0].queries.length), 512);
    const many = await elements();
    // A chip of the text is two elements; a page of the table is a hundred rows for both.
    for (const view of VIEWS) assert.ok(many[view] - few[view] <= 2.2 * (512 - 16), `${view}: ${few[view]} and ${many[view]} elements`);
    // Beside a picture of 8,000 pixels its scale stays in sight.
    await explore(page, { view: 'lines' });
    await page.evaluate(() => scrollTo(0, 4000));
    await calm(page);
    const { y } = await part(page, 'legend-bar').boundingBox();
    assert.ok(y > 0 && y < 100, `the legend is at ${y}`);
    page.assertClean();
  });
});

describe('memory', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await opened(visit);
  }, { timeout: PATIENCE });

  test(`does not grow with ${TEXTS} texts`, { timeout: PATIENCE }, async () => {
    const session = await page.context().newCDPSession(page);
    const [worker] = page.workers();
    const taken = async () => {
      await session.send('HeapProfiler.enable');
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage');
      const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
      // Started a second time, a module answers with the program that runs.
      const engine = await worker.evaluate(async () => {
        const { default: start } = await import(new URL(`./${self.engineBuild}.js`, self.location.href).href);
        return (await start()).memory.buffer.byteLength;
      });
      const program = await page.evaluate(async () => (await (await import('/docs/map/app.js')).default()).memory.buffer.byteLength);
      return { heap: usedSize, buffers: backingStorageSize, nodes, listeners: jsEventListeners, engine, program };
    };
    const texts = async (from, to) => {
      for (let index = from; index < to; index++) {
        // 5 to 44 words; every 10th is looked at in another way.
        await page.evaluate(async (text) => {
          await document.querySelector('attention-map').run(text);
        }, words(5 + ((index * 7) % 40), index));
        if (index % 10 === 0) await explore(page, { view: VIEWS[(index / 10) % VIEWS.length], lens: LENSES[(index / 10) % LENSES.length] });
      }
      await explore(page, {});
      await run(page, FIRST);
    };
    await texts(0, SETTLED);
    const before = await taken();
    await texts(SETTLED, SETTLED + TEXTS);
    const after = await taken();
    for (const name of ['heap', 'buffers', 'nodes', 'listeners', 'engine', 'program']) {
      assert.ok(after[name] <= 1.2 * before[name], `${name}: ${JSON.stringify({ before, after })}`);
    }
    assert.ok(before.nodes > 100 && before.heap > 500_000 && before.engine > 1e7 && before.program > 1e6 && before.buffers > 7e4, JSON.stringify(before));
    page.assertClean();
  });
});

/** `count` words that were not there before. */
function words(count, seed) {
  return Array.from({ length: count }, (_, index) => ['river', 'stone', 'walked', 'the', 'under', 'bright'][(index + seed) % 6]).join(' ') + ` ${seed}`;
}
