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

    test('bertviz 6: colours keep their order for eyes that see fewer of them, and the map can be made larger', { timeout: PATIENCE }, async () => {
      const pixels = await page.evaluate(() => window.painted.legendRow());
      const steps = Array.from({ length: 11 }, (_, step) => Math.round((step * (pixels.length / 4 - 1)) / 10));
      const ramp = steps.map((at) => pixels.slice(4 * at, 4 * at + 3).map(linear));
      for (const [eyes, matrix] of Object.entries(EYES)) {
        const seen = ramp.map((color) => luminance(matrix.map((row) => row.reduce((total, part, at) => total + part * color[at], 0))));
        const sign = Math.sign(seen.at(-1) - seen[0]);
        const contrast = (Math.max(seen[0], seen.at(-1)) + 0.05) / (Math.min(seen[0], seen.at(-1)) + 0.05);
        seen.slice(1).forEach((light, at) => assert.ok(sign * (light - seen[at]) > 0, `${eyes}: step ${at} of ${seen}`));
        assert.ok(contrast > 4, `${eyes}: the ends are ${contrast} to 1`);
      }
      await select(page, { layer: 3, head: 5, scale: 'unit' });
      const cell = () => part(page, 'matrix').getAttribute('data-cell').then(Number);
      const before = await cell();
      await part(page, 'matrix').focus();
      await page.keyboard.press('+');
      await page.waitForFunction((before) => Number(document.querySelector('attention-map').shadowRoot.querySelector('[part~="matrix"]').dataset.cell) > 1.2 * before, before);
      await part(page, 'zoom-all').click();
      await page.waitForFunction((before) => Number(document.querySelector('attention-map').shadowRoot.querySelector('[part~="matrix"]').dataset.cell) === before, before);
    });

    test('the ends of the legend can be told apart, and from the ground', { timeout: PATIENCE }, async () => {
      const [first, last] = await page.evaluate(() => window.painted.legendEnds());
      const apart = Math.max(...first.map((channel, index) => Math.abs(channel - last[index])));
      assert.ok(apart > 100, `from ${first} to ${last}`);
    });
  });
}

/** Machado, Oliveira and Fernandes 2009, table 1, at full severity: over linear red, green and blue. */
const EYES = {
  trichromat: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanope: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranope: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanope: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

/** A channel of sRGB, 0 to 255, as light. */
const linear = (channel) => (channel <= 10.31 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4);
const luminance = ([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;

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
