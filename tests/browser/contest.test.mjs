// Left to itself, the engine takes the faster of its backends, and measures which one that is no more than once.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { HOST, PATIENCE, open, stage } from './harness.mjs';

describe('the choice of a backend', () => {
  const scene = stage();
  const TEXT = 'The cat sat on the mat.';

  /** Before the engine starts: an adapter that does not say that it is software, and a clock to fool it by. */
  const DISGUISE = `
    for (const name of ['vendor', 'architecture', 'device', 'description']) {
      Object.defineProperty(GPUAdapterInfo.prototype, name, { get: () => (name === 'vendor' ? 'acme' : '') });
    }
    Object.defineProperty(GPUAdapterInfo.prototype, 'isFallbackAdapter', { get: () => false });
    self.passes = 0;
    const submit = GPUQueue.prototype.submit;
    GPUQueue.prototype.submit = function (...commands) {
      new BroadcastChannel('passes').postMessage(++self.passes);
      return submit.apply(this, commands);
    };
    // What is done again and again only to take its time is done once: on a software adapter that is a minute.
    const { setBindGroup, dispatchWorkgroups } = GPUComputePassEncoder.prototype;
    const done = new WeakSet();
    GPUComputePassEncoder.prototype.setBindGroup = function (...group) {
      done.delete(this);
      return setBindGroup.apply(this, group);
    };
    GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...groups) {
      if (!done.has(this)) dispatchWorkgroups.apply(this, groups);
      done.add(this);
    };
  `;

  async function disguise(page, more = '') {
    await page.route('**/engine-build.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${DISGUISE}\n${more}\n${await response.text()}` });
    });
  }

  /** What an element that leaves the backend to the engine ran on, and how often the GPU was given work before. */
  function run(page) {
    return page.evaluate(async (text) => {
      let passes = 0;
      new BroadcastChannel('passes').onmessage = ({ data }) => { passes = data; };
      await import('./map/attention-map.js');
      const element = document.createElement('attention-map');
      document.body.append(element);
      await element.ready;
      await new Promise((done) => setTimeout(done, 100));
      const before = passes;
      const { backend } = await element.run(text);
      return { backend, before };
    }, TEXT);
  }

  test('is measured once, and remembered by the browser', { timeout: PATIENCE }, async () => {
    const page = await scene.visit(HOST);
    await disguise(page);
    const first = await run(page);
    assert.equal(first.backend, 'cpu', 'SwiftShader is slower than the CPU');
    assert.ok(first.before >= 4, `${first.before} passes: not measured`);
    page.assertClean();

    const again = await open(page.context(), scene.site, HOST);
    await disguise(again);
    const second = await run(again);
    assert.deepEqual(second, { backend: 'cpu', before: 0 });
    again.assertClean();
  });

  test('falls on WebGPU where that is faster', { timeout: PATIENCE }, async () => {
    const page = await scene.visit(HOST);
    // Time stands still while the GPU works: the clock only counts what is computed between two of its answers. So it need not
    // work, either.
    await disguise(page, `
      GPUComputePassEncoder.prototype.dispatchWorkgroups = () => {};
      const map = GPUBuffer.prototype.mapAsync;
      const now = performance.now.bind(performance);
      let slept = 0;
      Performance.prototype.now = () => now() - slept;
      GPUBuffer.prototype.mapAsync = async function (...range) {
        const start = now();
        await map.apply(this, range);
        slept += now() - start;
      };
    `);
    const { backend, before } = await run(page);
    assert.equal(backend, 'webgpu');
    assert.ok(before >= 4, `${before} passes: not measured`);
    page.assertClean();
  });
});
