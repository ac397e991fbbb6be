// What each head does, measured: the figures, the marks and the order of the grid.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { calm, explore, opened, run } from './explorer.mjs';
import { FIRST, PATIENCE, layout, part, selected, selects, stage } from './harness.mjs';
import { headOf, sum, traceOf } from './study.mjs';

/** In the order of the menu: which keys of a typed query count. Those of none count for no mean. */
const SHARES = {
  previous: (tokens, query) => [query - 1].filter((at) => !tokens[at].special),
  next: (tokens, query) => [query + 1].filter((at) => !tokens[at].special),
  self: (tokens, query) => [query],
  cls: (tokens) => placesOf(tokens, ({ text, special }) => special && text === '[CLS]'),
  sep: (tokens) => placesOf(tokens, ({ text, special }) => special && text === '[SEP]'),
  punctuation: (tokens) => placesOf(tokens, ({ text, special }) => !special && !/[\p{L}\p{N}]/u.test(text)),
  'same-word': (tokens, query) => placesOf(tokens, ({ text }, at) => at !== query && text === tokens[query].text),
};
const placesOf = (tokens, wanted) => tokens.flatMap((token, at) => (wanted(token, at) ? [at] : []));
const mean = (numbers) => (numbers.length > 0 ? sum(numbers) / numbers.length : 0);

/** A head's habits by the trace's weights, as the page counts them (src/habits.rs). */
function habitsOf(trace, layer, head) {
  const map = headOf(trace, layer, head);
  const queries = placesOf(trace.tokens, ({ special }) => !special);
  const shares = Object.values(SHARES).map((keysOf) => mean(queries
    .map((query) => [query, keysOf(trace.tokens, query)])
    .filter(([, keys]) => keys.length > 0)
    .map(([query, keys]) => sum(keys.map((key) => map[query][key])))));
  const entropy = mean(queries.map((query) => -sum(map[query].map((weight) => (weight > 0 ? weight * Math.log2(weight) : 0)))));
  const far = mean(queries.map((query) => sum(map[query].map((weight, key) => weight * Math.abs(key - query)))));
  return [...shares, entropy, far];
}

describe('habits of heads', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await opened(visit);
  }, { timeout: PATIENCE });

  /** The figures shown of the selected head, once they are measured. */
  async function figures() {
    await page.mouse.move(0, 0);
    await calm(page);
    await part(page, 'habit').and(page.getByText(/^Layer/)).waitFor();
    const said = await part(page, 'habit').textContent();
    return [...said.slice(said.indexOf(':')).matchAll(/(\d+(?:\.\d+)?) ?(%?)/g)].map(([, number, percent]) => (percent ? Number(number) / 100 : Number(number)));
  }

  test('of this text are those of the trace', { timeout: PATIENCE }, async () => {
    await part(page, 'habits').selectOption('marked');
    await part(page, 'habits-on').selectOption('text');
    const trace = await traceOf(page);
    for (const [layer, head] of [[0, 2], [3, 1], [5, 11]]) {
      await explore(page, { layer, head });
      const [shown, expected] = [await figures(), habitsOf(trace, layer, head)];
      assert.equal(shown.length, 9);
      shown.forEach((figure, at) => {
        assert.ok(Math.abs(figure - expected[at]) <= (at < 7 ? 0.0006 : 0.006), `layer ${layer} head ${head}: ${shown} for ${expected}`);
      });
    }
  });

  test('follow the text, and are measured anew', { timeout: PATIENCE }, async () => {
    await run(page, 'One two, one two, and through and through.');
    const trace = await traceOf(page);
    await explore(page, { layer: 1, head: 6 });
    const [shown, expected] = [await figures(), habitsOf(trace, 1, 6)];
    assert.ok(shown.every((figure, at) => Math.abs(figure - expected[at]) <= 0.006), `${shown} for ${expected}`);
    assert.ok(expected[6] > 0.01);
  });

  test('find the head that looks at the previous word with one choice', { timeout: PATIENCE }, async () => {
    await run(page, FIRST);
    const trace = await traceOf(page);
    const all = Array.from({ length: 72 }, (_, index) => [Math.floor(index / 12), index % 12]);
    for (const [habit, at] of [['previous', 0], ['sep', 4], ['entropy', 7], ['self', 2]]) {
      await part(page, 'habits').selectOption(habit);
      const measured = all.map(([layer, head]) => habitsOf(trace, layer, head)[at]);
      const [layer, head] = all[measured.indexOf(Math.max(...measured))];
      await selects(page, { layer, head });
      assert.deepEqual(await selected(page), { layer, head });
      // It is the first of the grid.
      await explore(page, { layer: 5, head: 5 });
      const [x, y, side] = await layout(part(page, 'grid'), 'origin-x', 'origin-y', 'side');
      await part(page, 'grid').click({ position: { x: x + side / 2, y: y + side / 2 } });
      await selects(page, { layer, head });
    }
  });

  test('on the sentences that come with the page do not depend on the text', { timeout: PATIENCE }, async () => {
    await part(page, 'habits-on').selectOption('built-in');
    await part(page, 'habits').selectOption('previous');
    const first = { figures: await figures(), ...(await selected(page)) };
    assert.ok(first.figures[0] > 0.5, `the previous word gets ${first.figures[0]} of the head that looks there most`);
    await run(page, 'Something else entirely');
    assert.deepEqual({ figures: await figures(), ...(await selected(page)) }, first);
  });

  test('are told by marks in the grid, which go when they are not wanted', { timeout: PATIENCE }, async () => {
    const print = () => page.evaluate(() => window.painted.fingerprint('grid'));
    const prints = [];
    for (const habits of ['off', 'marked', 'off']) {
      await part(page, 'habits').selectOption(habits);
      await calm(page);
      prints.push(await print());
    }
    assert.equal(prints[0], prints[2]);
    assert.notEqual(prints[0], prints[1]);
    assert.equal(await part(page, 'habit').count(), 0);
    page.assertClean();
  });

  test('sets of heads are chosen by layer, by head, and all, and let go', { timeout: PATIENCE }, async () => {
    await explore(page, { layer: 2, head: 5 });
    const heads = () => page.evaluate(() => document.querySelector('attention-map').heads);
    const layer = Array.from({ length: 12 }, (_, head) => `2.${head}`);
    await part(page, 'choose-layer').click();
    assert.equal(await heads(), layer.join(' '));
    await part(page, 'choose-head').click();
    assert.equal((await heads()).split(' ').length, 12 + 5);
    await part(page, 'choose-layer').click();
    assert.equal((await heads()), ['0.5', '1.5', '3.5', '4.5', '5.5'].join(' '));
    await part(page, 'choose-all').click();
    assert.equal((await heads()).split(' ').length, 72);
    await part(page, 'choose-none').click();
    assert.equal(await heads(), null);
    // And one by one in the grid.
    const [x, y, side, pitch, row] = await layout(part(page, 'grid'), 'origin-x', 'origin-y', 'side', 'pitch', 'row-pitch');
    for (const [layer, head] of [[1, 3], [4, 7]]) {
      await part(page, 'grid').click({ position: { x: x + head * pitch + side / 2, y: y + layer * row + side / 2 }, modifiers: ['Shift'] });
    }
    assert.equal(await heads(), '1.3 4.7');
    assert.deepEqual(await selected(page), { layer: 2, head: 5 });
    page.assertClean();
  });
});
