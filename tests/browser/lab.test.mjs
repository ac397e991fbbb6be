// What compares and disturbs: the element's `ask`, beside the same numbers made here from traces in 64-bit floats; and the
// panels, whose numbers are those of `ask`.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { HOST, PATIENCE, part, selected, selects, stage } from './harness.mjs';
import { aligned, ask, assertClose, listed, moves, opened, placed, ranked, rested, rowsOf } from './lab.mjs';

const TEXT = 'The black cat sat on the warm mat.';
const OTHER = 'The cat slept on the warm mat today.';
const CHANGED = 'The black dog sat on the warm mat.';

/** The code and the message that a question is refused with. */
const refusal = (page, question) => page.evaluate(
  (question) => element.ask(question).then(() => null, (error) => ({ code: error.code, message: error.message, isError: error instanceof Error })),
  question,
);

describe('comparing and disturbing', () => {
  const { visit } = stage();
  let page;
  let trace;
  let map;

  before(async () => {
    page = await visit(HOST);
    await placed(page, TEXT);
    ({ trace } = await ask(page, { type: 'run' }));
    [map] = trace.maps;
  }, { timeout: PATIENCE });

  test('a run that was asked for is that of the element, and is not shown', { timeout: PATIENCE }, async () => {
    assert.deepEqual(trace.texts, [TEXT]);
    const { weights, shown } = await page.evaluate(async (other) => {
      const { maps: [{ weights }] } = await element.run(element.text);
      await element.ask({ type: 'run', text: other });
      return { weights: Array.from(weights), shown: element.text };
    }, OTHER);
    assert.deepEqual(map.weights, weights);
    assert.equal(shown, TEXT);
  });

  test('a question before the model is there waits for it', { timeout: PATIENCE }, async () => {
    const texts = await page.evaluate(async () => {
      const other = document.createElement('attention-map');
      document.body.append(other);
      const { trace } = await other.ask({ type: 'run', text: 'early', backend: 'cpu' });
      other.remove();
      return trace.texts;
    });
    assert.deepEqual(texts, ['early']);
  });

  test('what is no question is refused, and the engine goes on', { timeout: PATIENCE }, async () => {
    for (const [question, code, said] of [
      [{ type: 'load' }, 'protocol', /no question of the type "load".*noise/],
      [null, 'protocol', /no question/],
      [{ type: 'noise', noise: 'shout', words: [] }, 'protocol', /shout/],
      [{ type: 'sensitivity' }, 'protocol', /other/],
      [{ type: 'inspect', inspection: { kind: 'neuron', layer: 99, head: 0 } }, 'shape', /layer 99/],
      [{ type: 'noise', noise: 'drop', words: [[0, 1]] }, 'shape', /from 0 to 1/],
      [{ type: 'run', model: 'gpt' }, 'model-not-loaded', /gpt/],
    ]) {
      const { message, ...rest } = await refusal(page, question);
      assert.deepEqual(rest, { code, isError: true });
      assert.match(message, said);
    }
    const never = await page.evaluate(() => document.createElement('attention-map').ask({ type: 'run' }).catch(({ code }) => code));
    assert.equal(never, 'not-connected');
    assert.equal((await ask(page, { type: 'run' })).type, 'traced');
  });

  test('queries and keys that are inspected make the weights', { timeout: PATIENCE }, async () => {
    const { tokens, values } = await ask(page, { type: 'inspect', inspection: { kind: 'neuron', layer: 2, head: 5 } });
    const width = values.length / 2 / tokens;
    const vector = (side, at) => values.slice((side * tokens + at) * width, (side * tokens + at + 1) * width);
    const rows = map.queries.map((_, query) => {
      const scores = map.keys.map((_, key) => vector(1, key).reduce((sum, x, at) => sum + x * vector(0, query)[at], 0) / Math.sqrt(width));
      const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
      return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
    });
    assert.equal(tokens, map.queries.length);
    assertClose(rows.flat(), rowsOf(map, 2, 5).flat(), 1e-4);
  });

  test('habits are measured on the text, and without one on the built-in sentences', { timeout: PATIENCE }, async () => {
    const { tokens, values } = await ask(page, { type: 'habits' });
    const kinds = values.length / (map.layers * map.heads);
    assert.equal(tokens, map.queries.length);
    for (const [layer, head] of [[0, 0], [3, 7], [5, 11]]) {
      const rows = rowsOf(map, layer, head);
      // The first of them is the share that typed tokens give to the one before them, where that was typed, too.
      const typed = map.queries.flatMap(({ special }, at) => (special ? [] : [at])).slice(1);
      const previous = typed.reduce((sum, at) => sum + rows[at][at - 1], 0) / typed.length;
      assertClose([values[(layer * map.heads + head) * kinds]], [previous]);
    }
    const builtIn = await ask(page, { type: 'habits', text: null });
    assert.equal(builtIn.tokens, 0);
    assert.equal(builtIn.values.length, values.length);
  });

  test('sensitivity is the divergence between two traces', { timeout: PATIENCE }, async () => {
    const { trace: { maps: [after] } } = await ask(page, { type: 'run', text: OTHER });
    const pairs = aligned(map.queries, after.queries);
    const { tokens, values } = await ask(page, { type: 'sensitivity', other: OTHER });
    assert.equal(tokens, pairs.length);
    assert.ok(Math.max(...values) > 0.01);
    assertClose(values, moves(map, after, pairs));
  });

  test('an unchanged text moves nothing', { timeout: PATIENCE }, async () => {
    const { values } = await ask(page, { type: 'sensitivity', other: TEXT });
    assert.deepEqual(values, Array(map.layers * map.heads).fill(0));
  });

  test('noise that drops a word of one token is the text without it', { timeout: PATIENCE }, async () => {
    const at = map.queries.findIndex(({ text }) => text === 'black');
    const { trace: { maps: [after] } } = await ask(page, { type: 'run', text: TEXT.replace('black ', '') });
    const { values } = await ask(page, { type: 'noise', noise: 'drop', words: [[at, at + 1]] });
    const pairs = map.queries.map((_, before) => [before, before - (before > at)]).filter(([before]) => before !== at);
    assertClose(values, moves(map, after, pairs));
  });

  test('noise that swaps two words is the text with them swapped', { timeout: PATIENCE }, async () => {
    const at = map.queries.findIndex(({ text }) => text === 'black');
    const { trace: { maps: [after] } } = await ask(page, { type: 'run', text: TEXT.replace('black cat', 'cat black') });
    const { values } = await ask(page, { type: 'noise', noise: 'swap', words: [[at, at + 1], [at + 1, at + 2]] });
    const swapped = new Map([[at, at + 1], [at + 1, at]]);
    assertClose(values, moves(map, after, map.queries.map((_, before) => [before, swapped.get(before) ?? before])));
  });

  test('switching nothing off changes nothing, and one head moves only later layers', { timeout: PATIENCE }, async () => {
    const none = await ask(page, { type: 'ablate', heads: [], to: 'zero' });
    assert.ok(Math.abs(none.cosine - 1) < 1e-6, none.cosine);
    assert.deepEqual(none.values, Array(map.layers * map.heads).fill(0));
    assertClose(none.trace.maps[0].weights, map.weights, 1e-6);
    for (const to of ['zero', 'mean']) {
      const one = await ask(page, { type: 'ablate', heads: [[2, 5]], to });
      const same = map.queries.map((_, at) => [at, at]);
      assert.ok(one.cosine < 1 - 1e-6 && one.cosine > 0, one.cosine);
      assertClose(one.values, moves(map, one.trace.maps[0], same));
      assert.deepEqual(one.values.slice(0, 36), Array(36).fill(0));
      assert.ok(one.values.slice(36).every((bits) => bits > 0));
    }
  });

  test('the program that compares is loaded when it is opened, and not without controls', { timeout: PATIENCE }, async () => {
    const asked = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('lab')));
    assert.deepEqual(asked, []);
    await page.evaluate(() => { element.controls = 'none'; });
    assert.equal(await part(page, 'compare').count(), 0);
    await page.evaluate(() => { element.controls = null; });
    await opened(page, TEXT);
    await page.evaluate(() => { element.controls = 'none'; });
    await part(page, 'lab').waitFor({ state: 'detached' });
    await page.evaluate(() => { element.controls = 'full'; });
    await opened(page, TEXT);
    page.assertClean();
  });

  test('another text: the list is that of `ask`, a click selects the head, and the pictures follow', { timeout: PATIENCE }, async () => {
    await part(page, 'experiment-text').click();
    await part(page, 'other').fill(OTHER);
    await part(page, 'compare-texts').click();
    await part(page, 'difference').waitFor();
    await rested(page);
    const { values } = await ask(page, { type: 'sensitivity', other: OTHER });
    assert.deepEqual(await listed(page, 'ranking'), ranked(values));
    const [, second] = ranked(values);
    await part(page, 'ranking').locator('[part~="moved-head"]').nth(1).click();
    await selects(page, second);
    assert.deepEqual(await selected(page), { layer: second.layer, head: second.head });

    const { trace: { maps: [after] } } = await ask(page, { type: 'run', text: OTHER });
    const pairs = aligned(map.queries, after.queries);
    const [one, other] = [rowsOf(map, second.layer, second.head), rowsOf(after, second.layer, second.head)];
    const differences = pairs.flatMap(([i, j]) => pairs.map(([k, l]) => other[j][l] - one[i][k]));
    differences.sort((a, b) => Math.abs(b) - Math.abs(a));
    const rows = () => part(page, 'largest').locator('[data-difference]').evaluateAll((cells) => cells.map(({ dataset }) => Number(dataset.difference)));
    assertClose((await rows()).map(Math.abs), differences.slice(0, 10).map(Math.abs), 1e-6);
    assert.ok(Math.abs(Number(await part(page, 'difference').getAttribute('data-end')) - Math.abs(differences[0])) < 1e-6);
    const { before, after: more } = await part(page, 'unaligned').evaluate(({ dataset }) => ({ ...dataset }));
    assert.deepEqual([Number(before), Number(more)], [map.queries.length - pairs.length, after.queries.length - pairs.length]);
  });

  test('a word that is changed gives the same numbers as the text that has it', { timeout: PATIENCE }, async () => {
    await part(page, 'experiment-word').click();
    await part(page, 'word').and(page.getByText('cat', { exact: true })).click();
    await part(page, 'replacement').fill('dog');
    await part(page, 'replacement').press('Enter');
    await part(page, 'difference').waitFor();
    const { values } = await ask(page, { type: 'sensitivity', other: CHANGED });
    assert.deepEqual(await listed(page, 'ranking'), ranked(values));
  });

  test('heads that are switched off: the cosine, and the heads of later layers', { timeout: PATIENCE }, async () => {
    await page.evaluate(() => { element.heads = '1.2 2.5'; });
    await part(page, 'experiment-heads').click();
    for (const to of ['zero', 'mean']) {
      await part(page, 'replace-by').selectOption(to);
      await part(page, 'switch-off').click();
      const { cosine, values } = await ask(page, { type: 'ablate', heads: [[1, 2], [2, 5]], to });
      await part(page, 'cosine').and(page.locator(`[data-value="${cosine}"]`)).waitFor();
      assert.deepEqual(await listed(page, 'ranking'), ranked(values).filter(({ layer }) => layer > 1));
    }
    await page.evaluate(() => { element.heads = null; });
  });

  test('noise goes over every word, and lists the heads by their mean', { timeout: PATIENCE }, async () => {
    await part(page, 'experiment-noise').click();
    const typed = map.queries.map((token, at) => [token, at]).filter(([{ special }]) => !special);
    // No word of this text is of more than one piece.
    assert.ok(typed.every(([{ text }]) => !text.startsWith('##')));
    const words = typed.map(([, at]) => [at, at + 1]);
    for (const [noise, variants] of [['drop', words.length], ['swap', words.length - 1]]) {
      await part(page, 'noise-kind').selectOption(noise);
      await part(page, 'noise-start').click();
      await part(page, 'noise-progress').and(page.locator(`[data-done="${variants}"][data-total="${variants}"]`)).waitFor();
      const { values } = await ask(page, { type: 'noise', noise, words });
      const means = Array.from({ length: 72 }, (_, head) => Array.from({ length: variants }, (_, at) => values[at * 72 + head]).reduce((a, b) => a + b, 0) / variants);
      const least = await listed(page, 'least-stable');
      const expected = ranked(means);
      assertClose(least.map(({ value }) => value), expected.slice(0, 8).map(({ value }) => value), 1e-6);
      assertClose((await listed(page, 'most-stable')).map(({ value }) => value), expected.slice(-8).reverse().map(({ value }) => value), 1e-6);
      const columns = await part(page, 'stability').getAttribute('data-keys');
      assert.equal(Number(columns), variants);
      const cells = Array.from({ length: 6 * variants }, (_, at) => {
        const [layer, variant] = [Math.floor(at / variants), at % variants];
        return Array.from({ length: 12 }, (_, head) => values[(variant * 6 + layer) * 12 + head]).reduce((a, b) => a + b, 0) / 12;
      });
      const end = Number(await part(page, 'stability').getAttribute('data-end'));
      assert.ok(Math.abs(end - Math.max(...cells)) < 1e-6, `${end}, not ${Math.max(...cells)}`);
    }
  });

  test('noise can be stopped, and says of how many words it is', { timeout: PATIENCE }, async () => {
    const long = Array(300).fill('word').join(' ');
    await page.evaluate(async (text) => {
      await element.run(text);
    }, long);
    await part(page, 'noise-kind').selectOption('drop');
    await part(page, 'noise-start').click();
    await page.waitForFunction(() => {
      const { done, total } = element.shadowRoot.querySelector('[part~="noise-progress"]').dataset;
      return total === '300' && Number(done) > 0;
    });
    await part(page, 'noise-stop').click();
    const done = () => part(page, 'noise-progress').getAttribute('data-done').then(Number);
    const stopped = await done();
    assert.ok(stopped > 0 && stopped < 300, stopped);
    // The engine is done with what it was asked before this.
    await ask(page, { type: 'sensitivity', other: TEXT });
    assert.equal(await done(), stopped);
    await part(page, 'lab').getByText('Stopped').waitFor();
  });

  test('in Chinese the same numbers stand under Chinese words, and back', { timeout: PATIENCE }, async () => {
    await part(page, 'experiment-heads').click();
    const before = await listed(page, 'ranking');
    const latin = () => part(page, 'compare').evaluate((compare) => compare.innerText
      // Papers keep their names.
      .replace(/\([^)]*\d{4}\)|（[^）]*\d{4}）|Jensen–Shannon/g, '')
      .match(/[A-Za-z]+( [A-Za-z]+){2,}/g) ?? []);
    assert.notDeepEqual(await latin(), []);
    await page.evaluate(() => { element.language = 'zh-Hans'; });
    await part(page, 'experiment-heads').and(page.getByText('关闭注意力头')).waitFor();
    assert.deepEqual(await latin(), []);
    assert.deepEqual(await listed(page, 'ranking'), before);
    for (const experiment of ['noise', 'word', 'model', 'text']) {
      await part(page, `experiment-${experiment}`).click();
      assert.deepEqual(await latin(), [], experiment);
    }
    await page.evaluate(() => { element.language = 'en'; });
    await part(page, 'experiment-heads').and(page.getByText('Switch heads off')).waitFor();
  });

  test('a result of a text that has been typed over says so', { timeout: PATIENCE }, async () => {
    await part(page, 'experiment-heads').click();
    await part(page, 'lab-stale').waitFor();
    await page.evaluate((text) => element.run(text), TEXT);
    await part(page, 'lab-stale').waitFor({ state: 'detached' });
    page.assertClean();
  });
});
