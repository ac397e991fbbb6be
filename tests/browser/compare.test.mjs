// Two texts, and one text under two models, through every lens: the numbers stated are those made here from traces, and from
// what the engine says is behind them.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { before, describe, test } from 'node:test';

import { required } from './chromium.mjs';
import { LENSES } from './explorer.mjs';
import { HOST, PATIENCE, part, stage } from './harness.mjs';
import { aligned, ask, assertClose, listed, moves, opened, placed, ranked, rested } from './lab.mjs';
import { sum, throughLens } from './study.mjs';

const TEXT = 'The black cat sat on the warm mat.';
const OTHER = 'The cat slept on the warm mat today.';
const [MODEL, SECOND] = ['minilm-l6-q8', 'minilm-l6-f32'];

/** What is looked at: the last layer but two, so that a rollout has something to multiply. */
const CHOICE = { layer: 3, head: 7, heads: [[3, 1], [3, 4], [4, 0]], from: 1 };

/** A run as tests/browser/study.mjs has it. */
async function traced(page, text, model) {
  const { trace: { texts, maps: [{ layers, heads, queries, weights }] } } = await ask(page, { type: 'run', text, model });
  return { text, model, texts, layers, heads, tokens: queries, queries, weights };
}

/** The lens's map of a trace. Norm (of the selected head: no layer's head is chosen there) and value zeroing by the engine's answers. */
async function mapOf(page, trace, lens) {
  const { layer, head, heads, from } = CHOICE;
  const count = trace.tokens.length;
  const inspect = (inspection) => ask(page, { type: 'inspect', text: trace.text, model: trace.model, inspection });
  if (lens === 'norm') {
    const { values } = await inspect({ kind: 'values' });
    const chosen = heads.filter(([of]) => of === layer).map(([, head]) => head);
    const maps = chosen.map((head) => throughLens(trace, 'weight', { layer, head }));
    const product = (key, one, other) => values[((layer * count + key) * trace.heads + one) * trace.heads + other];
    return trace.tokens.map((_, query) => trace.tokens.map((_, key) => Math.sqrt(Math.max(0, sum(
      chosen.flatMap((one, at) => chosen.map((other, to) => maps[at][query][key] * maps[to][query][key] * product(key, one, other))),
    )))));
  }
  if (lens === 'value-zeroing') {
    const { values } = await inspect({ kind: 'valueZeroing', layer, from: 0, to: count });
    const rows = trace.tokens.map((_, row) => values.slice(row * count, (row + 1) * count));
    return rows.map((row) => row.map((distance) => distance / sum(row)));
  }
  return throughLens(trace, lens, { layer, head, heads, from });
}

/** Of both maps and of their difference over the tokens that both have. */
async function expected(page, [before, after], lens) {
  const maps = [await mapOf(page, before, lens), await mapOf(page, after, lens)];
  const pairs = aligned(before.tokens, after.tokens);
  const rows = maps[0].length === 1 ? [[0, 0]] : pairs;
  const differences = rows.flatMap(([i, k]) => pairs.map(([j, l]) => maps[1][k][l] - maps[0][i][j]));
  const ends = (numbers) => [Math.min(...numbers), Math.max(...numbers)];
  return {
    ranges: [...ends(maps[0].flat()), ...ends(maps[1].flat()), ...ends(differences), sum(differences.map(Math.abs)) / differences.length],
    largest: differences.map(Math.abs).sort((a, b) => b - a).slice(0, 10),
  };
}

/** What the lab states. */
const stated = (page) => page.evaluate(() => {
  const { shadowRoot } = element;
  const { dataset } = shadowRoot.querySelector('[part~="ranges"]');
  return {
    ranges: ['beforeLeast', 'beforeLargest', 'afterLeast', 'afterLargest', 'least', 'largest', 'mean'].map((name) => Number(dataset[name])),
    largest: [...shadowRoot.querySelectorAll('[part~="largest"] [data-difference]')].map(({ dataset }) => Math.abs(Number(dataset.difference))),
  };
});

/** Looks through a lens, and waits until the lab does. */
async function through(page, lens) {
  await page.evaluate(([lens, { layer, head, heads, from }]) => {
    Object.assign(element, { lens, layer, head, fromLayer: from, heads: heads.map((head) => head.join('.')).join(' ') });
  }, [lens, CHOICE]);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await rested(page);
}

describe('comparing through any lens', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await visit(HOST);
    await placed(page, TEXT);
    await opened(page, TEXT);
  }, { timeout: PATIENCE });

  test('two texts: ranges and what changed most, through every lens', { timeout: PATIENCE }, async () => {
    const traces = [await traced(page, TEXT, MODEL), await traced(page, OTHER, MODEL)];
    await part(page, 'experiment-text').click();
    await part(page, 'other').fill(OTHER);
    await part(page, 'compare-texts').click();
    await part(page, 'difference').waitFor();
    const seen = new Set();
    for (const lens of LENSES) {
      await through(page, lens);
      const [found, wanted] = [await stated(page), await expected(page, traces, lens)];
      assertClose(found.ranges, wanted.ranges, 1e-4);
      assertClose(found.largest, wanted.largest, 1e-4);
      seen.add(wanted.largest[0].toFixed(4));
      const rows = await part(page, 'difference').getAttribute('data-rows');
      const said = await part(page, 'lab').locator('figcaption').first().textContent();
      assert.match(said, { weight: /layer 3 head 7/, rollout: /Rollout, layers 1 to 3/, received: /Attention received, chosen heads/ }[lens] ?? /[a-z], /, rows);
    }
    // No two lenses say the same, so that one shown for another would be seen.
    assert.equal(seen.size, LENSES.length);
    await page.evaluate(() => { element.heads = null; });
    page.assertClean();
  });

  test('two models: how much is to be loaded is said before, and every lens is compared', { timeout: PATIENCE }, async () => {
    const folder = `${required('ATTENTION_MAP_DIST')}/models/${SECOND}`;
    const bytes = sum(['config.json', 'tokenizer.json', 'model.safetensors'].map((file) => statSync(`${folder}/${file}`).size));
    const told = () => page.evaluate(() => window.heard.filter(({ name }) => name !== 'trace' && name !== 'change').length);
    const before = await told();
    await part(page, 'experiment-model').click();
    assert.ok((await part(page, 'second-size').textContent()).includes(` ${(bytes / 1e6).toFixed(1)} MB`));
    assert.deepEqual(await part(page, 'other-model').locator('option').evaluateAll((options) => options.map(({ value }) => value)), [SECOND]);
    await part(page, 'compare-models').click();
    await part(page, 'difference').waitFor();
    await rested(page);
    const traces = [await traced(page, TEXT, MODEL), await traced(page, TEXT, SECOND)];
    for (const lens of LENSES) {
      await through(page, lens);
      const [found, wanted] = [await stated(page), await expected(page, traces, lens)];
      assertClose(found.ranges, wanted.ranges, 1e-4);
      assertClose(found.largest, wanted.largest, 1e-4);
      assert.ok(wanted.ranges.at(-1) > 1e-6, lens);
    }
    const same = traces[0].tokens.map((_, at) => [at, at]);
    const ranking = await listed(page, 'ranking');
    assertClose(ranking.map(({ value }) => value), ranked(moves(traces[0], traces[1], same)).map(({ value }) => value));
    assert.deepEqual(await part(page, 'unaligned').evaluate(({ dataset }) => ({ ...dataset })), { before: '0', after: '0' });
    // What loaded it has gone, and told the page around nothing.
    assert.equal(await page.evaluate(() => element.shadowRoot.querySelectorAll('attention-map').length), 0);
    assert.equal(await told(), before);
    assert.equal(await page.evaluate(() => element.model ?? 'none'), await page.evaluate(() => element.getAttribute('model') ?? 'none'));
    page.assertClean();
  });

  test('a model that cannot be loaded is an error that says so, and the text above goes on', { timeout: PATIENCE }, async () => {
    const other = await visit(HOST);
    await other.route(`**/models/${SECOND}/*`, (route) => route.fulfill({ status: 404, body: 'gone' }));
    await placed(other, TEXT);
    await opened(other, TEXT);
    await part(other, 'experiment-model').click();
    await part(other, 'compare-models').click();
    await part(other, 'lab-error').waitFor();
    assert.equal(await part(other, 'lab-error').getAttribute('data-code'), 'fetch-failed');
    assert.equal(await part(other, 'error').count(), 0);
    assert.equal((await ask(other, { type: 'run' })).type, 'traced');
  });
});
