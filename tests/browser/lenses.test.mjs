// Every lens on a real trace, against the same computed from the trace's weights in 64-bit floats (study.mjs).

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { DISTRIBUTIONS, LENSES, explore, opened, run, tableOf } from './explorer.mjs';
import { PATIENCE, part, stage } from './harness.mjs';
import { distance, filtered, headOf, layerOf, sum, throughLens, traceOf } from './study.mjs';

/** Sets of heads, as the attribute has them, and as [layer, head]. */
const SETS = [null, '3.1', '0.0 3.1 5.11', layerOf({ heads: 12 }, 2).map((head) => head.join('.')).join(' ')];
const headsOf = (set) => (set ?? '').split(' ').filter(Boolean).map((head) => head.split('.').map(Number));
/** Weights are f32, and sums of them. */
const CLOSE = 2e-6;

describe('lenses', () => {
  const { visit } = stage();
  let page;
  let trace;

  before(async () => {
    page = await opened(visit);
    trace = await traceOf(page);
  }, { timeout: PATIENCE });

  test('bertviz 37: are all in the menu, and each says its formula, range, caveat and paper', { timeout: PATIENCE }, async () => {
    const options = await part(page, 'lens').evaluate(({ options }) => [...options].map(({ value, text }) => [value, text]));
    assert.deepEqual(options.map(([value]) => value), LENSES);
    for (const menu of ['special', 'punctuation', 'habits', 'model', 'backend']) {
      assert.ok(await part(page, menu).evaluate(({ options }) => options.length) >= 2, menu);
    }
    for (const [id, name] of options) {
      await part(page, 'lens').selectOption(id);
      await page.waitForFunction((name) => document.querySelector('attention-map').shadowRoot.querySelector('[part~="lens-note"] b').textContent === name, name);
      const note = await part(page, 'lens-note').textContent();
      assert.match(note, /not an explanation/);
      assert.match(note, /\(.* (20\d\d).*\)$/);
    }
    await part(page, 'lens').selectOption('weight');
  });

  for (const lens of ['weight', 'mean', 'max', 'received', 'rollout']) {
    test(`${lens} is that of the weights`, { timeout: PATIENCE }, async () => {
      for (const set of lens === 'rollout' ? [null] : SETS) {
        for (const [layer, head, from] of [[0, 0, 0], [3, 1, 0], [5, 7, 2]]) {
          await explore(page, { view: 'table', lens, layer, head, heads: set, 'from-layer': from });
          const { map, quantity, keys } = await tableOf(page);
          const expected = throughLens(trace, lens, { layer, head, from, heads: headsOf(set) });
          const apart = distance(map, expected);
          assert.ok(apart < CLOSE, `layer ${layer} head ${head} from ${from} of ${set}: ${apart} apart`);
          assert.ok(quantity.length > 3 && keys.length === trace.tokens.length);
        }
      }
    });
  }

  test('the comparison fails on another head, another set and another first layer', { timeout: PATIENCE }, async () => {
    for (const [lens, shown, other] of [
      ['weight', { layer: 3, head: 1 }, { layer: 3, head: 2 }],
      ['mean', { layer: 3, head: 1 }, { layer: 3, head: 1, heads: [[3, 1], [3, 2]] }],
      ['max', { layer: 3, head: 1 }, { layer: 2, head: 1 }],
      ['received', { layer: 3, head: 1 }, { layer: 3, head: 2 }],
      ['rollout', { layer: 3, head: 1 }, { layer: 3, head: 1, from: 1 }],
    ]) {
      await explore(page, { view: 'table', lens, ...shown });
      assert.ok(distance((await tableOf(page)).map, throughLens(trace, lens, other)) > 1e-3, lens);
    }
  });

  test('norm is the weight times what the key alone decides, and heads together are no longer than apart', { timeout: PATIENCE }, async () => {
    const normOf = async (layer, head, heads) => {
      await explore(page, { view: 'table', lens: 'norm', layer, head, heads });
      const { map, quantity } = await tableOf(page);
      assert.match(quantity, /^Norm/);
      return map;
    };
    const apart = [];
    for (const [layer, head] of [[3, 1], [3, 4]]) {
      const norms = await normOf(layer, head, null);
      apart.push(norms);
      const weights = headOf(trace, layer, head);
      const factors = norms[0].map((_, key) => norms.map((row, query) => row[key] / weights[query][key]));
      for (const factor of factors) {
        assert.ok(Math.max(...factor) / Math.min(...factor) < 1 + 1e-4, `from ${Math.min(...factor)} to ${Math.max(...factor)} for one key`);
      }
      // And keys do differ.
      assert.ok(new Set(factors.map(([factor]) => factor.toFixed(2))).size > 3);
    }
    const together = await normOf(3, 1, '3.1 3.4');
    together.forEach((row, query) => row.forEach((norm, key) => {
      const [one, other] = apart.map((map) => map[query][key]);
      assert.ok(norm <= one + other + 1e-5 && norm >= Math.abs(one - other) - 1e-5, `${norm} of ${one} and ${other}`);
    }));
  });

  test('value zeroing is a share of each row, of a layer, whichever head is selected', { timeout: PATIENCE }, async () => {
    const maps = [];
    for (const [layer, head] of [[0, 0], [0, 9], [4, 0]]) {
      await explore(page, { view: 'table', lens: 'value-zeroing', layer, head });
      const { map, quantity } = await tableOf(page);
      assert.match(quantity, /^Value zeroing/);
      assert.ok(map.every((row) => Math.abs(sum(row) - 1) < 1e-5 && row.every((share) => share >= 0)));
      maps.push(map);
    }
    assert.equal(distance(maps[0], maps[1]), 0);
    assert.ok(distance(maps[0], maps[2]) > 0.01);
    // A token's own value counts more than one does on average.
    const own = sum(maps[0].map((row, at) => row[at])) / maps[0].length;
    assert.ok(own > 1.2 / maps[0].length, `${own}`);
  });

  test('transformer-explainer 31: no scale or legend promises less than 0, or more than a number can be', { timeout: PATIENCE }, async () => {
    for (const lens of LENSES) {
      await explore(page, { view: 'matrix', lens, layer: 3, head: 1 });
      const [begin, end] = await part(page, 'legend').locator('.bar .figure').allTextContents();
      assert.equal(begin, '0');
      if (lens === 'norm') {
        assert.equal(await part(page, 'scale-unit').count(), 0);
        const largest = Math.max(...(await explored()).flat());
        assert.ok(Math.abs(Number(end) - largest) <= 0.0005 + 1e-6, `${end} for ${largest}`);
      } else {
        assert.equal(end, '1');
      }
      assert.match(await part(page, 'lens-note').textContent(), lens === 'norm' ? /0 and up/ : /0 to 1/);
    }
  });

  test('a lens of distributions gives rows that sum to 1 for a pair, too, in words or pieces', { timeout: PATIENCE }, async () => {
    await run(page, 'Unbelievable storytelling bewilders.', 'He is unbelievably tired.');
    const pair = await traceOf(page);
    for (const lens of DISTRIBUTIONS) {
      for (const words of [false, true]) {
        await explore(page, { view: 'table', lens, words, layer: 2, head: 3 });
        const { map } = await tableOf(page);
        assert.ok(map.every((row) => Math.abs(sum(row) - 1) < 1e-5), lens);
        const known = throughLens(pair, lens, { layer: 2, head: 3 });
        if (known) assert.ok(distance(map, filtered(pair, known, { words }).rows) < CLOSE, lens);
      }
    }
    page.assertClean();
  });

  /** The numbers behind the picture that is shown. */
  async function explored() {
    await part(page, 'view-table').click();
    const { map } = await tableOf(page);
    await part(page, 'view-matrix').click();
    return map;
  }
});
