// el.run(text, { to }) in a real browser: what the float64 reference writes, on both backends.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { HOST, PATIENCE, stage } from './harness.mjs';

const GOLDEN = JSON.parse(readFileSync(fileURLToPath(new URL('../golden/translation/cases.json', import.meta.url)), 'utf8'));
// Short and long, of both languages, with characters that are unknown: by a greedy search, and by the model's own beam. What 8-bit
// products may choose otherwise is left out.
const GREEDY = GOLDEN.cases.filter(({ smallest_margin }, place) => smallest_margin > 2e-2 && place % 4 === 1);
const BEAM = GOLDEN.cases.filter(({ smallest_gap }) => smallest_gap > 2e-3).slice(0, 4);
const CASES = [
  ...GREEDY.map(({ greedy, ...rest }) => ({ ...rest, wanted: { beam: 1 }, expected: [greedy] })),
  ...BEAM.map(({ beam, ...rest }) => ({ ...rest, wanted: {}, expected: beam })),
];

test('there are translations to compare', () => {
  assert.ok(GREEDY.length >= 5 && BEAM.length >= 2, `${GREEDY.length} and ${BEAM.length}`);
});

describe('a translation', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await visit(HOST);
    await page.evaluate(async () => {
      const element = document.createElement('attention-map');
      document.body.append(element);
      await element.ready;
      window.translate = async (text, wanted, backend = 'cpu') => {
        element.backend = backend;
        const { maps, ...rest } = await element.run(text, wanted);
        // What a row must sum to, within floats.
        const off = maps.map(({ weights, keys }) => {
          let largest = 0;
          for (let at = 0; at < weights.length; at += keys.length) {
            const sum = weights.subarray(at, at + keys.length).reduce((sum, weight) => sum + weight, 0);
            largest = Math.max(largest, Math.abs(sum - 1));
          }
          return largest;
        });
        const shapes = maps.map(({ kind, layers, heads, queries, keys, weights }) => ({
          kind, whole: weights.length === layers * heads * queries.length * keys.length,
          queries: queries.map(({ text }) => text), keys: keys.map(({ text }) => text),
        }));
        return { ...rest, off, maps: shapes };
      };
      window.refused = (text, wanted) => element.run(text, wanted).then(() => null, ({ code, message }) => ({ code, message }));
    });
  }, { timeout: PATIENCE });

  for (const backend of ['cpu', 'webgpu']) {
    for (const { language: to, text, pieces, wanted, expected } of CASES) {
      test(`on ${backend}, to ${to}, ${expected.length} at a time: ${text.slice(0, 40)}`, { timeout: PATIENCE }, async () => {
        const found = await page.evaluate(([text, wanted, backend]) => translate(text, wanted, backend), [text, { to, ...wanted }, backend]);
        const { translation, maps } = found;
        assert.equal(found.backend, backend, found.adapter);
        assert.deepEqual(found.texts, [text, expected[0].text]);
        assert.deepEqual(translation.results.map(({ ids }) => ids), expected.map(({ ids }) => ids));
        for (const [place, { score }] of translation.results.entries()) {
          assert.ok(Math.abs(score - expected[place].score) < 1e-2, `${score} for ${expected[place].score}`);
        }
        assert.deepEqual(maps.map(({ kind }) => kind), ['encoder', 'decoder', 'cross']);
        assert.ok(maps.every(({ whole }) => whole) && found.off.every((off) => off < 1e-5), `${found.off}`);
        assert.deepEqual([maps[0].queries, maps[0].keys, maps[2].keys], [pieces, pieces, pieces]);
        assert.deepEqual(maps[2].queries, maps[1].keys);
        // Each row read what the one before wrote.
        assert.deepEqual(maps[1].queries.slice(1), translation.steps.slice(0, -1).map(({ text }) => text));
        for (const { top, id, probability } of translation.steps) {
          assert.equal(top.length, 5);
          assert.ok(probability > 0 && probability <= 1);
          const there = top.find((candidate) => candidate.id === id);
          if (there) assert.equal(there.probability, probability);
        }
        page.assertClean();
      });
    }
  }

  test('goes on behind another piece, and tells of a given one', { timeout: PATIENCE }, async () => {
    const text = 'Have a nice day, Tom.';
    const first = await page.evaluate((text) => translate(text, { to: 'fr', beam: 1 }), text);
    const other = first.translation.steps[0].top.find(({ id }) => id !== first.translation.steps[0].id);
    const then = await page.evaluate(([text, prefix]) => translate(text, { to: 'fr', beam: 1, prefix }), [text, [other.id]]);
    assert.deepEqual([then.translation.steps[0].id, then.translation.given], [other.id, 1]);
    const { translation, texts } = await page.evaluate(([text, target]) => translate(text, { to: 'fr', target }), [text, 'Bonne journée, Tom !']);
    assert.deepEqual(texts, [text, 'Bonne journée, Tom !']);
    assert.deepEqual([translation.results, translation.given], [[], translation.steps.length]);
    const words = translation.alignment.target.map(([start, end]) => texts[1].slice(start, end));
    assert.deepEqual(words, ['Bonne', 'journée', ',', 'Tom', '!']);
    for (const { links, pharaoh } of [translation.alignment.weight, translation.alignment.norm]) {
      assert.equal(links.map((link) => link.join('-')).join(' '), pharaoh);
    }
    assert.equal(translation.crossLengths.length % (3 * 6), 0);
    page.assertClean();
  });

  test('that cannot be is refused with what is wrong', { timeout: PATIENCE }, async () => {
    const refused = (text, wanted) => page.evaluate(([text, wanted]) => window.refused(text, wanted), [text, wanted]);
    assert.deepEqual(await refused('Hi.', { to: 'la' }), {
      code: 'translation', message: 'translation: there is no language "la" to translate to; there are: fr, zh',
    });
    assert.equal((await refused(' ', { to: 'fr' })).code, 'translation');
    assert.equal((await refused('Hi.', { to: 'fr', prefix: [1] })).code, 'shape');
    assert.equal((await refused('Hi.', { to: 'fr', prefix: ['x'] })).code, 'protocol');
    // What is too long is translated as far as it fits.
    const { cuts, maps } = await page.evaluate((text) => translate(text, { to: 'fr', beam: 1 }), 'Did you buy it? '.repeat(60));
    assert.deepEqual([cuts.length, maps[0].keys.length], [1, 128]);
    page.assertClean();
  });

  test('comes from a model that is fetched once, and kept', { timeout: PATIENCE }, async () => {
    const fetched = [];
    page.on('request', (request) => fetched.push(request.url()));
    await page.reload();
    const text = await page.evaluate(async () => {
      const element = document.createElement('attention-map');
      document.body.append(element);
      return (await element.run('Really?', { to: 'zh' })).texts[1];
    });
    assert.ok(text.length > 0);
    assert.deepEqual(fetched.filter((address) => address.includes('tatoeba')), []);
    page.assertClean();
  });
});
