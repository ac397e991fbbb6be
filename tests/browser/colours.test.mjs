// What is painted is what the legend says: the colour of a cell is that of its weight.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { FIRST, PATIENCE, part, selects, settles, shows, stage } from './harness.mjs';

for (const scheme of ['light', 'dark']) {
  describe(`colours on ${scheme} ground`, () => {
    const { visit } = stage();
    let page;

    before(async () => {
      page = await visit(undefined, { colorScheme: scheme, viewport: { width: 1280, height: 900 } });
      await shows(page, FIRST);
      await page.evaluate(() => import('/docs/painted.mjs').then((painted) => Object.assign(window, { painted })));
    }, { timeout: PATIENCE });

    for (const scale of ['unit', 'max', 'small', 'log']) {
      // Diffuse, a plain diagonal, and nearly all on one column.
      for (const [layer, head] of [[0, 0], [0, 2], [3, 5]]) {
        test(`layer ${layer} head ${head}, scale ${scale}: large map`, { timeout: PATIENCE }, async () => {
          await select(page, { layer, head, scale });
          await settles(page, wrongCells, { layer, head, scale });
        });
      }

      test(`scale ${scale}: every thumbnail`, { timeout: PATIENCE }, async () => {
        await select(page, { layer: 0, head: 0, scale });
        await settles(page, (choice) => window.painted.wrongThumbnailCells(choice), { scale });
      });
    }

    test('the check fails on a map with rows and columns exchanged', { timeout: PATIENCE }, async () => {
      const choice = { layer: 3, head: 5, scale: 'unit' };
      await select(page, choice);
      await settles(page, wrongCells, choice);
      const wrong = await page.evaluate(wrongCells, { ...choice, exchanged: true });
      assert.ok(wrong.length > 16, `only ${wrong.length} cells were found wrong`);
    });

    test('the check fails on the colours of another head', { timeout: PATIENCE }, async () => {
      await select(page, { layer: 0, head: 2, scale: 'unit' });
      await settles(page, wrongCells, { layer: 0, head: 2, scale: 'unit' });
      const wrong = await page.evaluate(wrongCells, { layer: 0, head: 0, scale: 'unit' });
      assert.ok(wrong.length > 16, `only ${wrong.length} cells were found wrong`);
    });

    test('the ends of the legend can be told apart, and from the ground', { timeout: PATIENCE }, async () => {
      const [first, last] = await page.evaluate(() => window.painted.legendEnds());
      const apart = Math.max(...first.map((channel, index) => Math.abs(channel - last[index])));
      assert.ok(apart > 100, `from ${first} to ${last}`);
    });
  });
}

async function select(page, { layer, head, scale }) {
  await page.evaluate(({ layer, head }) => {
    Object.assign(document.querySelector('attention-map'), { layer, head });
  }, { layer, head });
  await part(page, `scale-${scale}`).check();
  await selects(page, { layer, head });
}

/** In the page. */
function wrongCells(choice) {
  return window.painted.wrongCells(choice);
}
