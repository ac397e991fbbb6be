// Any lens with any filters, any scale and any view: no error, no number that is none, and rows that sum to what they should.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { DISTRIBUTIONS, LENSES, SCALES, TEXTS, TREATMENTS, VIEWS, explore, opened, run, tableOf } from './explorer.mjs';
import { PATIENCE, part, stage } from './harness.mjs';
import { distance, filtered, sum, throughLens, traceOf } from './study.mjs';

/** Combinations of each text. */
const COUNT = 40;

describe('any combination', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await opened(visit);
  }, { timeout: PATIENCE });

  TEXTS.filter(([name]) => name !== '512 tokens').forEach(([name, text, textB], seed) => {
    test(`of ${name} is a map without an error`, { timeout: PATIENCE }, async () => {
      await run(page, text, textB);
      const trace = await traceOf(page);
      const random = generator(seed + 1);
      const pick = (list) => list[Math.floor(random() * list.length)];
      for (let count = 0; count < COUNT; count++) {
        const layer = Math.floor(random() * trace.layers);
        const head = Math.floor(random() * trace.heads);
        const from = Math.floor(random() * (layer + 1));
        const heads = random() < 0.5 ? [] : [[pick([0, layer]), pick([0, head])], [layer, pick([1, 11])]];
        const set = [...new Set(heads.map((each) => each.join('.')))];
        const lens = pick(LENSES);
        const filters = {
          special: pick(TREATMENTS), punctuation: pick(TREATMENTS), words: random() < 0.5,
          ...(textB && { pairPart: pick(['all', 'a-a', 'a-b', 'b-a', 'b-b']) }),
        };
        const attributes = {
          lens, layer, head, 'from-layer': from, heads: set.join(' ') || null, scale: pick(SCALES),
          special: filters.special, punctuation: filters.punctuation, words: filters.words, 'pair-part': filters.pairPart ?? null,
        };
        const what = JSON.stringify(attributes);
        await explore(page, { ...attributes, view: pick(VIEWS), threshold: pick([null, 0.01, 0.3]) });
        await explore(page, { ...attributes, view: 'table' });
        const { map, shown } = await tableOf(page);

        assert.ok(map.flat().every((number) => number >= 0 && number < 1000), what);
        assert.ok(shown.flat().every((figure) => /^(< 0\.001|\d+\.\d{3})$/.test(figure)), what);
        const distribution = DISTRIBUTIONS.includes(lens);
        const known = throughLens(trace, lens, { layer, head, from, heads: set.map((each) => each.split('.').map(Number)) });
        if (known) {
          const expected = filtered(trace, known, filters, distribution);
          const rows = expected.keys.length > 0 ? expected.rows : [];
          assert.ok(distance(map, rows) < 1e-5, `${what}: ${distance(map, rows)} apart`);
        }
        // Rows of which nothing is rescaled, and nothing hidden, or that are rescaled for all that is.
        const { special, punctuation, pairPart } = filters;
        const whole = ![special, punctuation].includes('hide') && (pairPart ?? 'all') === 'all';
        if (distribution && whole) assert.ok(map.every((row) => Math.abs(sum(row) - 1) < 1e-4), what);
        else if (distribution) assert.ok(map.every((row) => sum(row) < 1 + 1e-4), what);
      }
      assert.equal(await part(page, 'error').count(), 0);
      assert.deepEqual(await page.evaluate(() => window.heard.filter(({ name }) => name === 'error')), []);
      page.assertClean();
    });
  });
});

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
