// A GPU that goes away in the middle of things.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { disagreements, readGolden } from './golden.mjs';
import { FIRST, HOST, MAP, MODELS, PATIENCE, goldenFile, part, shows, stage } from './harness.mjs';

describe('a lost device', () => {
  const { visit } = stage();

  /** Opens the page on WebGPU, then has the next `times` passes lose their device before they begin. */
  async function visitAndLose(times) {
    const page = await visit(`${MAP}?backend=webgpu`);
    await shows(page, FIRST);
    assert.equal(await page.evaluate(() => window.trace.backend), 'webgpu');
    const [worker] = page.workers();
    await worker.evaluate((times) => {
      const create = GPUDevice.prototype.createCommandEncoder;
      let left = times;
      GPUDevice.prototype.createCommandEncoder = function (...parameters) {
        if (left > 0) {
          left -= 1;
          this.destroy();
        }
        return create.apply(this, parameters);
      };
    }, times);
    return page;
  }

  /** Runs a text and holds it against its golden; the backend that computed it. */
  async function runGolden(page, id) {
    const [{ goldens, tolerance }] = MODELS;
    const golden = readGolden(goldenFile(goldens + id));
    const { backend, texts, cuts, maps: [map] } = await page.evaluate(async (text) => {
      const trace = await document.querySelector('attention-map').run(text);
      return { ...trace, maps: trace.maps.map((map) => ({ ...map, weights: [...map.weights] })) };
    }, golden.text);
    const trace = { texts, cuts, maps: [{ ...map, weights: Float32Array.from(map.weights) }] };
    assert.deepEqual(disagreements(trace, { ...golden, tolerance: tolerance[backend] ?? golden.tolerance }), []);
    return backend;
  }

  test('once, is replaced by a new one, with a notice', { timeout: PATIENCE }, async () => {
    const page = await visitAndLose(1);
    assert.equal(await runGolden(page, 'sentence'), 'webgpu');
    await page.locator('attention-map [part~="notice"][data-code="gpu-retried"]').waitFor();
    assert.equal(await part(page, 'status').getAttribute('data-backend'), 'webgpu');
    assert.equal(await part(page, 'error').count(), 0);
    assert.equal(await runGolden(page, 'one-character'), 'webgpu');
    page.assertClean();
  });

  test('again and again, is given up for the CPU, with a notice', { timeout: PATIENCE }, async () => {
    const page = await visitAndLose(Infinity);
    assert.equal(await runGolden(page, 'sentence'), 'cpu');
    await page.locator('attention-map [part~="notice"][data-code="fell-back-to-cpu"]').waitFor();
    await page.locator('attention-map [part~="status"][data-backend="cpu"]').waitFor();
    assert.match(await part(page, 'status').textContent(), /^CPU/);
    assert.equal(await part(page, 'error').count(), 0);
    assert.equal(await runGolden(page, 'one-character'), 'cpu');
    page.assertClean();
  });

  test('given up for the CPU, is tried again when the reader chooses WebGPU anew', { timeout: PATIENCE }, async () => {
    const page = await visitAndLose(2);
    assert.equal(await runGolden(page, 'one-character'), 'cpu');
    await part(page, 'backend').selectOption('cpu');
    await part(page, 'backend').selectOption('webgpu');
    await page.waitForFunction(() => window.trace.backend === 'webgpu');
    await page.locator('attention-map [part~="status"][data-backend="webgpu"]').waitFor();
    assert.equal(await part(page, 'notice').count(), 0);
    page.assertClean();
  });

  test('that never was leaves the CPU, with a notice where WebGPU was asked for', { timeout: PATIENCE }, async () => {
    const page = await visit(HOST);
    await page.route('**/engine-worker.js', async (route) => {
      const response = await route.fetch();
      const without = "Object.defineProperty(WorkerNavigator.prototype, 'gpu', { get: () => undefined });";
      await route.fulfill({ response, body: `${without}\n${await response.text()}` });
    });
    await page.evaluate(async () => {
      const element = document.createElement('attention-map');
      element.setAttribute('backend', 'webgpu');
      element.setAttribute('text', 'Anything');
      document.body.append(element);
    });
    await shows(page, 'Anything');
    assert.equal(await page.evaluate(() => window.trace.backend), 'cpu');
    await page.locator('attention-map [part~="notice"][data-code="no-webgpu"]').waitFor();
    assert.equal(await part(page, 'error').count(), 0);
    page.assertClean();
  });
});
