// Of a long text the small maps and what is out of sight are painted after what is seen: in the end it is what painting all at
// once makes, and it is never of another text.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { calm, explore, opened, run } from './explorer.mjs';
import { CASES, PATIENCE, part, stage } from './harness.mjs';

const LONG = CASES.find(({ id }) => id === 'tokens-512').text;
const OTHER = LONG.split(' ').reverse().join(' ');

describe('painting in several frames', () => {
  const { visit } = stage();

  /** In the page: a canvas as the sum of what its pixels are, each with its place. */
  const painted = (page, name) => page.evaluate((name) => {
    const canvas = document.querySelector('attention-map').shadowRoot.querySelector(`[part~="${name}"]`);
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let sum = 0;
    for (let at = 0; at < data.length; at++) sum = (Math.imul(sum, 31) + data[at]) | 0;
    return `${canvas.width} x ${canvas.height}: ${sum}`;
  }, name);

  /** In the page: sets attributes without waiting for what they lead to, but for so many frames. */
  const hurry = (page, attributes, frames) => page.evaluate(async ([attributes, frames]) => {
    const element = document.querySelector('attention-map');
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    for (let frame = 0; frame < frames; frame++) await new Promise(requestAnimationFrame);
  }, [attributes, frames]);

  /** What a page that never saw anything else paints. */
  async function direct(text, attributes, name) {
    const page = await opened(visit);
    await explore(page, attributes);
    await run(page, text);
    const found = await painted(page, name);
    await page.context().close();
    return found;
  }

  test('ends with the small maps that painting at once makes, whatever came between', { timeout: PATIENCE }, async () => {
    const page = await opened(visit);
    await run(page, LONG);
    for (const attributes of [{ special: 'hide' }, { words: true, punctuation: 'renormalise' }, { lens: 'rollout' }, { lens: 'received', scale: 'max' }]) {
      await hurry(page, { special: 'renormalise' }, 1);
      await hurry(page, { scale: 'log' }, 2);
      await explore(page, attributes);
      assert.equal(await painted(page, 'grid'), await direct(LONG, attributes, 'grid'), JSON.stringify(attributes));
    }
    page.assertClean();
  });

  test('never shows the small maps of another text', { timeout: PATIENCE }, async () => {
    const page = await opened(visit);
    await run(page, LONG);
    const wanted = await direct(OTHER, {}, 'grid');
    // In the frame after that in which the new text's chips are there, the grid is whole.
    const found = await page.evaluate(async (text) => {
      const element = document.querySelector('attention-map');
      const canvas = element.shadowRoot.querySelector('[part~="grid"]');
      element.setAttribute('special', 'hide');
      const traced = element.run(text);
      element.setAttribute('special', 'show');
      await traced;
      const chips = () => [...element.shadowRoot.querySelectorAll('[part~="token"]')].map((chip) => chip.textContent).join();
      const before = chips();
      while (chips() === before) await new Promise(requestAnimationFrame);
      for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
      const busy = canvas.getAttribute('aria-busy');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let sum = 0;
      for (let at = 0; at < data.length; at++) sum = (Math.imul(sum, 31) + data[at]) | 0;
      return { busy, painted: `${canvas.width} x ${canvas.height}: ${sum}` };
    }, OTHER);
    assert.deepEqual(found, { busy: null, painted: wanted });
  });

  test('draws all of a picture of lines that is higher than the window', { timeout: PATIENCE }, async () => {
    const page = await opened(visit);
    await explore(page, { view: 'lines' });
    await run(page, LONG);
    // Another head in the middle of it, then back.
    await hurry(page, { head: '5' }, 2);
    await hurry(page, { head: '1' }, 0);
    await calm(page);
    const rows = await page.evaluate(() => {
      const canvas = document.querySelector('attention-map').shadowRoot.querySelector('[part~="lines"]');
      const { width, height } = canvas;
      const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, width, height).data.buffer);
      const [ground] = pixels;
      // Of the height in pieces of 64 pixels, those with nothing in them.
      const empty = [];
      for (let top = 64; top + 128 < height; top += 64) {
        const marks = pixels.subarray(top * width, (top + 64) * width).reduce((count, pixel) => count + (pixel !== ground), 0);
        if (marks < 20) empty.push(top);
      }
      return { height, empty };
    });
    assert.ok(rows.height > 4000, `${rows.height} pixels`);
    assert.deepEqual(rows.empty, []);
    assert.equal(await part(page, 'lines').getAttribute('aria-busy'), null);
    page.assertClean();
  });
});
