// Which model is shown, and the other one.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { FIRST, MAP, MODELS, PATIENCE, part, shows, stage } from './harness.mjs';

describe('the choice of a model', () => {
  const { visit } = stage();

  test('names each with its precision and download; another is loaded, runs the same text and is told', { timeout: PATIENCE }, async () => {
    const page = await visit(`${MAP}?backend=cpu`);
    await shows(page, FIRST);
    const menu = part(page, 'model');
    assert.deepEqual(await menu.locator('option').evaluateAll((options) => options.map(({ value }) => value)), MODELS.map(({ model }) => model));
    assert.deepEqual(await menu.locator('option').allTextContents(), [
      'all-MiniLM-L6-v2 · 8-bit weights · 24 MB',
      'all-MiniLM-L6-v2 · 32-bit floats · 91 MB',
    ]);
    const shown = () => page.evaluate(() => ({ model: window.trace.model, weights: [...window.trace.maps[0].weights] }));
    const first = await shown();
    assert.equal(first.model, 'minilm-l6-q8');
    assert.match(await part(page, 'precision').textContent(), /8-bit weights/);

    await menu.selectOption('minilm-l6-f32');
    await page.waitForFunction(() => window.trace.model === 'minilm-l6-f32');
    await part(page, 'precision').and(page.getByText('32-bit floats')).waitFor();
    const second = await shown();
    const apart = first.weights.map((weight, index) => Math.abs(weight - second.weights[index]));
    const furthest = apart.reduce((one, other) => Math.max(one, other));
    assert.ok(furthest > 1e-4 && furthest < 0.1, `the furthest weights are ${furthest} apart`);

    await menu.selectOption('minilm-l6-q8');
    await page.waitForFunction(() => window.trace.model === 'minilm-l6-q8');
    assert.deepEqual(await shown(), first);
    page.assertClean();
  });

  test('can be made in the address', { timeout: PATIENCE }, async () => {
    const page = await visit(`${MAP}?model=minilm-l6-f32&backend=cpu`);
    await shows(page, FIRST);
    assert.equal(await page.evaluate(() => window.trace.model), 'minilm-l6-f32');
    assert.equal(await part(page, 'model').inputValue(), 'minilm-l6-f32');
    page.assertClean();
  });
});
