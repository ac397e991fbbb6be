// The page's program comes in two halves: the first map of a text needs one, everything else waits for the other.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { required } from './chromium.mjs';
import { HOST, MAP, PATIENCE, part, shows, stage } from './harness.mjs';

const LATER = '**/app_later_bg.wasm';
const TEXT = 'The later half is not there yet.';

describe("the program's later half", () => {
  const { visit } = stage();

  /** Keeps what is fetched of it until `release`, but for what a call waits for. Which kinds of request there were, beside. */
  async function held(page) {
    const kinds = [];
    let release;
    const released = new Promise((resolve) => { release = resolve; });
    await page.route(LATER, async (route) => {
      const kind = route.request().resourceType();
      kinds.push(kind);
      if (kind === 'fetch') await released;
      await route.continue();
    });
    return { kinds, release };
  }

  /** Puts an element into the page. */
  const place = (page, attributes) => page.evaluate((attributes) => {
    const element = document.createElement('attention-map');
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    document.body.append(element);
  }, attributes);

  /** The number of colours on a canvas. */
  const colours = (page, name) => part(page, name).evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });

  test('is not what the first map of a typed text waits for', { timeout: PATIENCE }, async () => {
    const page = await visit(HOST);
    const { kinds, release } = await held(page);
    await place(page, { backend: 'cpu' });
    await part(page, 'text').fill(TEXT);
    await shows(page, TEXT);
    assert.ok(await colours(page, 'matrix') > 8);
    assert.ok(await colours(page, 'grid') > 8);
    // A second text, a second one beside it, another head: all of what typing takes.
    await part(page, 'text').fill(`${TEXT} Nor now.`);
    await shows(page, `${TEXT} Nor now.`);
    await part(page, 'layer-next').click();
    await page.waitForFunction(() => document.querySelector('attention-map').layer === 1);
    assert.deepEqual(kinds, ['fetch']);
    release();
    await page.waitForFunction(() => performance.getEntriesByName(new URL('./map/app_later_bg.wasm', location.href).href).length > 0);
    await part(page, 'view-lines').click();
    await part(page, 'lines').waitFor();
    assert.ok(await colours(page, 'lines') > 8);
    assert.deepEqual(kinds, ['fetch']);
    page.assertClean();
  });

  test('is waited for by what needs it sooner', { timeout: PATIENCE }, async () => {
    const page = await visit(HOST);
    const { kinds, release } = await held(page);
    await place(page, { backend: 'cpu', text: TEXT });
    await shows(page, TEXT);
    await part(page, 'view-text').click();
    await part(page, 'shaded-text').waitFor();
    assert.ok(await colours(page, 'shaded-text') > 8);
    assert.match(await page.evaluate(() => document.querySelector('attention-map').toSVG()), /^<svg[^]*<\/svg>\s*$/);
    // Once; and what was on its way is not started beside it.
    assert.deepEqual(kinds, ['fetch', 'xhr']);
    release();
    await part(page, 'view-table').click();
    await part(page, 'table').waitFor();
    page.assertClean();
  });

  test('comes first where an attribute asks for more', { timeout: PATIENCE }, async () => {
    for (const attributes of [{ view: 'lines' }, { lens: 'rollout' }, { special: 'hide' }, { words: '' }, { developer: '' }]) {
      const page = await visit(HOST);
      const kinds = [];
      page.on('request', (request) => { if (request.url().endsWith('app_later_bg.wasm')) kinds.push(request.resourceType()); });
      await place(page, { backend: 'cpu', text: TEXT, ...attributes });
      await shows(page, TEXT);
      assert.deepEqual(kinds, ['fetch'], JSON.stringify(attributes));
      page.assertClean();
      await page.close();
    }
  });

  test('is told of where it cannot be had, and asked for again', { timeout: PATIENCE }, async () => {
    const page = await visit(HOST);
    let there = false;
    await page.route(LATER, (route) => (there ? route.continue() : route.abort()));
    await place(page, { backend: 'cpu', text: TEXT });
    await shows(page, TEXT);
    await page.waitForFunction(() => window.heard.some(({ name }) => name === 'error'));
    const [error] = await page.evaluate(() => window.heard.filter(({ name }) => name === 'error'));
    assert.equal(error.code, 'page-not-started');
    there = true;
    await part(page, 'text').fill('The network is back.');
    await shows(page, 'The network is back.');
    await part(page, 'view-lines').click();
    await part(page, 'lines').waitFor();
    assert.ok(await colours(page, 'lines') > 8);
    page.assertClean();
  });

  test('leaves the first one small, and repeats little of it', () => {
    const { files } = JSON.parse(readFileSync(`${required('ATTENTION_MAP_DIST')}/sizes.json`, 'utf8'));
    const gzip = (name) => files.find(({ path }) => path === name).gzip;
    assert.ok(gzip('app_bg.wasm') < 200_000, `${gzip('app_bg.wasm')}`);
    assert.ok(gzip('app_bg.wasm') + gzip('app_later_bg.wasm') < 280_000, `${gzip('app_later_bg.wasm')}`);
  });

  test('is kept for when there is no network', { timeout: PATIENCE }, async () => {
    const page = await visit(MAP);
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      const cache = await caches.open('attention-map-page');
      while (!(await cache.keys()).some(({ url }) => url.endsWith('/app_later_bg.wasm'))) await new Promise((done) => setTimeout(done, 50));
    });
    page.assertClean();
  });
});
