// Both backends, in a real browser, answer what the float64 reference answers.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { disagreements, readGolden } from './golden.mjs';
import { CASES, HOST, MODELS, PATIENCE, goldenFile, stage } from './harness.mjs';

describe('el.run equals the reference', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await visit(HOST);
    for (const { model } of MODELS) {
      for (const backend of ['cpu', 'webgpu']) {
        await page.evaluate(async ([model, backend]) => {
          const element = document.createElement('attention-map');
          element.id = `${model} ${backend}`;
          element.setAttribute('model', model);
          element.setAttribute('backend', backend);
          document.body.append(element);
          await element.ready;
        }, [model, backend]);
      }
    }
  }, { timeout: PATIENCE });

  for (const { model, goldens, cases, tolerance } of MODELS) {
    for (const backend of ['cpu', 'webgpu']) {
      for (const { id, text, textB, about } of cases) {
        test(`${model} on ${backend}: ${id} (${about})`, { timeout: PATIENCE }, async () => {
          const found = await page.evaluate(async ({ model, backend, golden: address, tolerance, text, textB }) => {
            const { disagreements, readGolden } = await import('/docs/golden.mjs');
            const golden = readGolden(await (await fetch(address)).arrayBuffer());
            const trace = await document.getElementById(`${model} ${backend}`).run(text, textB);
            const ran = trace.model === model && trace.backend === backend
              ? [] : [`asked for ${model} on ${backend}, ran ${trace.model} on ${trace.backend}: ${trace.adapter}`];
            return [...ran, ...disagreements(trace, { ...golden, tolerance: tolerance ?? golden.tolerance })];
          }, { model, backend, golden: `/docs/golden/${goldens}${id}.safetensors`, tolerance: tolerance[backend], text, textB });
          assert.deepEqual(found, []);
          page.assertClean();
        });
      }
    }
  }
});

describe('the comparison with the reference', () => {
  test('passes what the reference itself says', () => {
    const whole = CASES.map(({ id }) => perfect(id)).filter(({ golden }) => golden.rows.length === golden.pieces.length);
    assert.ok(whole.length >= 12);
    for (const { golden, trace } of whole) assert.deepEqual(disagreements(trace, golden), []);
  });

  test('fails on one weight that is a little off', () => {
    const { golden, trace } = perfect('pair');
    trace.maps[0].weights[1234] += 3e-5;
    assert.match(disagreements(trace, golden).join(), /^attention/);
  });

  test('fails on one weight that is not a number', () => {
    const { golden, trace } = perfect('pair');
    trace.maps[0].weights[77] = NaN;
    assert.match(disagreements(trace, golden).join(), /attention.*got NaN.*row projection.*got NaN.*row sum.*got NaN/);
  });

  test('fails where two heads are exchanged', () => {
    const { golden, trace } = perfect('pair');
    const [map] = trace.maps;
    const length = map.queries.length ** 2;
    const first = map.weights.slice(0, length);
    map.weights.copyWithin(0, length, 2 * length);
    map.weights.set(first, length);
    assert.match(disagreements(trace, golden).join(), /^attention/);
  });

  test('fails on a weight in a row of which only the projection is kept', () => {
    const { golden, trace } = perfect('pair');
    golden.rows = golden.rows.subarray(0, 0);
    const [map] = trace.maps;
    map.weights[map.queries.length * 5 + 2] += 1e-3;
    assert.match(disagreements(trace, golden).join(), /row projection/);
  });

  test('fails on a token that stands elsewhere, is another, or belongs to the other text', () => {
    for (const change of [{ start: 3 }, { text: 'cat' }, { segment: 0 }, { special: true }]) {
      const { golden, trace } = perfect('pair');
      Object.assign(trace.maps[0].queries[9], change);
      assert.notDeepEqual(disagreements(trace, golden), []);
    }
  });

  test('fails where a cut is not told', () => {
    const { golden, trace } = perfect('pair');
    golden.cuts = [{ segment: 0, start: 5, tokens: 1 }];
    assert.match(disagreements(trace, golden).join(), /^cuts/);
  });
});

/** A golden, and the trace that it describes where all its rows are kept. */
function perfect(id) {
  const golden = readGolden(goldenFile(id));
  const [layers, heads] = golden.shapes.attention;
  const tokens = golden.pieces.map((text, index) => ({
    text,
    start: golden.spans[2 * index],
    end: golden.spans[2 * index + 1],
    special: golden.special[index] === 1,
    segment: golden.segment[index],
  }));
  const map = { kind: 'self', layers, heads, queries: tokens, keys: tokens, weights: golden.attention.slice() };
  const texts = golden.textB === undefined ? [golden.text] : [golden.text, golden.textB];
  return { golden, trace: { texts, maps: [map], cuts: [] } };
}
