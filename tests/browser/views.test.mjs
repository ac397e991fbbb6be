// Every view, on real traces: a picture of the right size for any text, and what it shows is what the model computed.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { TEXTS, VIEWS, calm, explore, isWritten, opened, partOf, run, saved, textsOfPicture } from './explorer.mjs';
import { FIRST, PATIENCE, part, settles, shows, stage } from './harness.mjs';
import { headOf, received, sum, traceOf } from './study.mjs';

describe('views', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await opened(visit);
  }, { timeout: PATIENCE });

  test('are those of the menu, each shown by its button', { timeout: PATIENCE }, async () => {
    const buttons = page.locator('attention-map [part^="view-"]');
    assert.deepEqual(await buttons.evaluateAll((buttons) => buttons.map((button) => button.part.value)), VIEWS.map((view) => `view-${view}`));
    for (const view of [...VIEWS, 'matrix']) {
      await part(page, `view-${view}`).click();
      await part(page, `view-${view}`).and(page.locator('[aria-pressed="true"]')).waitFor();
      assert.equal(await part(page, partOf(view)).count(), 1);
    }
    page.assertClean();
  });

  // A second view that stays blank, and plots that shrink when another is shown.
  for (const [name, text, textB] of TEXTS) {
    test(`bertviz 45, 61: ${name} has a picture of the right size in every view, whichever was shown before`, { timeout: PATIENCE }, async () => {
      await run(page, text, textB);
      const sizes = {};
      for (const view of [...VIEWS, ...VIEWS.toReversed()]) {
        await explore(page, { view, layer: 2, head: 5 });
        if (view === 'table') {
          assert.ok(await page.locator('attention-map tbody tr').count() >= 9);
          continue;
        }
        await settles(page, isPainted, partOf(view));
        const { width, height } = await part(page, partOf(view)).boundingBox();
        assert.ok(width > 400 && height > 30, `${view}: ${width} x ${height}`);
        assert.deepEqual(sizes[view] ??= [width, height], [width, height], `${view} has another size the second time`);
      }
      assert.equal(await part(page, 'error').count(), 0);
      page.assertClean();
    });
  }

  test('lines: those drawn and those left out are all weights, and the share left out is that of the trace', { timeout: PATIENCE }, async () => {
    await run(page, FIRST);
    const trace = await traceOf(page);
    for (const [heads, chosen] of [[null, [[3, 1]]], ['0.2 5.7', [[0, 2], [3, 1], [5, 7]]]]) {
      for (const threshold of [null, 0.05]) {
        await explore(page, { view: 'lines', layer: 3, head: 1, heads, threshold });
        const weights = chosen.flatMap(([layer, head]) => headOf(trace, layer, head).flat()).sort((one, other) => other - one);
        const stated = await statedBy(page, 'lines', 'drawn', 'left-out', 'share-left-out', 'threshold');
        assert.equal(stated.drawn + stated['left-out'], weights.length);
        const strongest = weights.slice(0, stated.drawn);
        if (threshold) assert.equal(stated.drawn, weights.filter((weight) => weight >= threshold).length);
        assert.ok(stated.drawn > 10 && Math.abs(strongest.at(-1) - stated.threshold) < 1e-6, JSON.stringify(stated));
        assert.ok(Math.abs(1 - sum(strongest) / sum(weights) - stated['share-left-out']) < 1e-4, JSON.stringify(stated));
        const said = await part(page, 'said').first().textContent();
        assert.ok(said.includes(`${stated['left-out']} of ${weights.length} weights`), said);
      }
    }
  });

  test('lines: no two of many heads have one colour, where BertViz begins anew after ten', { timeout: PATIENCE }, async () => {
    const heads = Array.from({ length: 18 }, (_, index) => `${index % 6}.${Math.floor(index / 6)}`);
    for (const count of [2, 11, 18]) {
      await explore(page, { view: 'lines', layer: 0, head: 0, heads: heads.slice(0, count).join(' ') });
      const svg = (await saved(page, 'save-svg')).bytes.toString('utf8');
      const inks = new Set([...svg.matchAll(/<line [^>]*stroke="(#[0-9a-f]{6})"/g)].map(([, ink]) => ink));
      assert.equal(inks.size, count);
    }
  });

  test('bertviz 98: lines, pointing at one word shows its lines alone, and they come back for the next', { timeout: PATIENCE }, async () => {
    await explore(page, { view: 'lines', layer: 3, head: 1 });
    const print = () => page.evaluate(() => [...document.querySelector('attention-map').shadowRoot.querySelectorAll('.canvases.lines canvas')]
      .map((canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, 0)).join());
    await page.mouse.move(0, 0);
    await calm(page);
    const prints = [await print()];
    const { origin, pitch, from } = await statedBy(page, 'lines', 'origin', 'pitch', 'from');
    for (const word of [2, 5, 2]) {
      await part(page, 'lines').hover({ position: { x: from - 20, y: origin + pitch * word } });
      await calm(page);
      prints.push(await print());
    }
    await page.mouse.move(0, 0);
    await calm(page);
    prints.push(await print());
    const [none, two, five, again, left] = prints;
    assert.equal(new Set([none, two, five]).size, 3);
    assert.deepEqual([again, left], [two, none]);
  });

  test('bertviz 18: lines of a script without spaces go down between words side by side', { timeout: PATIENCE }, async () => {
    for (const [name, horizontal] of [['Chinese', 1], ['a sentence', 0]]) {
      await run(page, TEXTS.find(([known]) => known === name)[1]);
      await explore(page, { view: 'lines' });
      assert.deepEqual(await statedBy(page, 'lines', 'horizontal'), { horizontal });
    }
  });

  test('text: shaded by what the pointed or chosen words give or get, several summed (bertviz 125)', { timeout: PATIENCE }, async () => {
    await run(page, FIRST);
    const map = headOf(await traceOf(page), 3, 1);
    await explore(page, { view: 'text', layer: 3, head: 1 });
    await part(page, 'direction-from').click();
    const shaded = async (numbers) => {
      await calm(page);
      await settles(page, (numbers) => window.painted.missingColours({ part: 'shaded-text', numbers }), numbers);
    };
    await shaded(received(map)[0]);
    await part(page, 'token').nth(11).hover();
    await shaded(map[11]);
    const others = await page.evaluate((numbers) => window.painted.missingColours({ part: 'shaded-text', numbers }), [0.33, 0.5]);
    assert.ok(others.length > 0, 'colours that no word has are not found');
    await part(page, 'direction-to').click();
    await part(page, 'token').nth(11).hover();
    await shaded(map.map((row) => row[11]));
    // Two words chosen together.
    await part(page, 'direction-from').click();
    await part(page, 'token').nth(2).click();
    await part(page, 'token').nth(6).click({ modifiers: ['Shift'] });
    await page.mouse.move(0, 0);
    const summed = map[2].map((weight, key) => weight + map[6][key]);
    // A sum may be more than 1: then the largest has the last colour.
    await shaded(summed.map((weight) => weight / Math.max(1, ...summed)));
    await page.keyboard.press('Escape');
  });

  test('the legend says of each view what is true of it, and what a threshold leaves out is counted in its own numbers', { timeout: PATIENCE }, async () => {
    await run(page, FIRST);
    const trace = await traceOf(page);
    const legend = () => part(page, 'legend').textContent();
    for (const view of ['matrix', 'lines', 'table', 'grid']) {
      await explore(page, { view, layer: 3, head: 1 });
      assert.equal(await part(page, 'legend-end').textContent(), '1', view);
      assert.match(await legend(), /The last colour is 1, in every map/);
    }
    const threshold = 0.05;
    const below = (numbers) => `${numbers.filter((number) => number < threshold).length} of ${numbers.length} numbers below`;
    const rows = Array.from({ length: trace.layers }, (_, layer) => received(headOf(trace, layer, 1))[0]);
    for (const [view, numbers] of [['text', rows[3]], ['layers', rows.flat()]]) {
      await explore(page, { view, layer: 3, head: 1, threshold });
      // Of the small maps beside it.
      assert.equal(await part(page, 'legend-end').textContent(), '1', view);
      assert.equal(await part(page, 'left-out').count(), 0, view);
      assert.match(await legend(), /^The view itself states what its last colour stands for.* What follows is of the small maps/);
      const said = await part(page, 'said').first().textContent();
      assert.ok(said.includes(below(numbers)), `${said} should say ${below(numbers)}`);
    }
    await explore(page, { view: 'neuron', layer: 3, head: 1, threshold });
    assert.match(await legend(), /^The view has bars and colours of its own, which it states. What follows is of the small maps/);
    assert.equal(await part(page, 'left-out').count(), 0);
    await page.evaluate(() => { document.querySelector('attention-map').controls = 'minimal'; });
    await calm(page);
    assert.equal(await legend(), 'The view has bars and colours of its own, which it states.');
    await explore(page, { view: 'text', layer: 3, head: 1 });
    assert.match(await legend(), /^The view itself states what its last colour stands for/);
    assert.equal(await part(page, 'legend-end').count(), 0);
    assert.doesNotMatch(await legend(), /in every map/);
    // The bar of colours has come back with its colours.
    assert.ok(await page.evaluate(() => window.painted.legendRow().some((channel, at) => at % 4 < 3 && channel < 128)));
    await page.evaluate(() => { document.querySelector('attention-map').controls = null; });
    await explore(page, { view: 'layers', layer: 2, head: 1, special: 'hide' });
    assert.match(await part(page, 'hidden').textContent(), /^Layer 2: Hidden: /);
  });

  test('layers: one word through all layers, by the trace’s weights', { timeout: PATIENCE }, async () => {
    await run(page, FIRST);
    const trace = await traceOf(page);
    await explore(page, { view: 'layers', layer: 3, head: 1 });
    await part(page, 'direction-from').click();
    await part(page, 'token').nth(11).click();
    await page.mouse.move(0, 0);
    for (const scale of ['unit', 'max', 'log']) {
      await part(page, `scale-${scale}`).check();
      await calm(page);
      const rows = Array.from({ length: trace.layers }, (_, layer) => headOf(trace, layer, 1)[11]);
      await settles(page, (what) => window.painted.wrongCellsOf(what), { part: 'layers', rows, scale });
      const wrong = await page.evaluate((what) => window.painted.wrongCellsOf(what), { part: 'layers', rows: rows.toReversed(), scale });
      assert.ok(wrong.length > 6);
    }
    await part(page, 'scale-unit').check();
    await part(page, 'direction-to').click();
    await calm(page);
    const columns = Array.from({ length: trace.layers }, (_, layer) => headOf(trace, layer, 1).map((row) => row[11]));
    await settles(page, (what) => window.painted.wrongCellsOf(what), { part: 'layers', rows: columns, scale: 'unit' });
    await part(page, 'direction-from').click();
  });

  test('neuron: the softmax of the scores shown is the weights shown, which are the trace’s', { timeout: PATIENCE }, async () => {
    await run(page, FIRST);
    const trace = await traceOf(page);
    for (const [layer, head, query] of [[0, 2, 3], [3, 1, 11], [5, 7, 15]]) {
      await explore(page, { view: 'neuron', layer, head });
      await part(page, 'token').nth(query).click();
      await page.mouse.move(0, 0);
      await calm(page);
      assert.deepEqual(await statedBy(page, 'neuron', 'rows', 'query'), { rows: trace.tokens.length, query });
      const texts = await textsOfPicture(page);
      const weights = headOf(trace, layer, head)[query];
      // After the titles, a row a key: its word, its score and its weight.
      const rows = texts.slice(texts.findLastIndex((text) => text === 'q × k') + 1);
      const found = weights.map((_, key) => ({ score: Number(rows[3 * key + 1].replace('−', '-')), weight: rows[3 * key + 2] }));
      const whole = sum(found.map(({ score }) => Math.exp(score)));
      found.forEach(({ score, weight }, key) => {
        assert.ok(isWritten(weight, weights[key]), `${weight} for ${weights[key]}`);
        // Scores are written to two decimals.
        assert.ok(Math.abs(Math.exp(score) / whole - weights[key]) <= 0.011 * weights[key] + 1e-6, `score ${score}: ${Math.exp(score) / whole} for ${weights[key]}`);
      });
      await part(page, 'token').nth(query).click();
    }
    page.assertClean();
  });
});

/** The numbers that a part says it paints by (src/page.rs). */
async function statedBy(page, name, ...names) {
  const values = await part(page, name).evaluate((canvas, names) => names.map((name) => Number(canvas.getAttribute(`data-${name}`))), names);
  return Object.fromEntries(names.map((name, at) => [name, values[at]]));
}

/** In the page: what speaks against a canvas being a picture as sharp as the screen. */
function isPainted(part) {
  const canvas = document.querySelector('attention-map').shadowRoot.querySelector(`[part~="${part}"]`);
  const { width, height } = canvas.getBoundingClientRect();
  const isSharp = (pixels, length) => Math.abs(pixels - length * devicePixelRatio) <= Math.max(1, pixels / 1000);
  const sharp = isSharp(canvas.width, width) && isSharp(canvas.height, height);
  return [
    ...(sharp ? [] : [`${canvas.width} x ${canvas.height} pixels for ${width} x ${height}`]),
    ...(window.painted.colours(part) > 2 ? [] : ['it is blank']),
  ];
}
