// The developer's table: how long each of the GPU's kernels takes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { FIRST, HOST, MAP, PATIENCE, part, shows, stage } from './harness.mjs';

describe('the kernels of one pass', () => {
  const { visit } = stage();
  /** Five layers of 8, of the last one what its weights depend on, the embeddings and their norm. */
  const DISPATCHES = 5 * 8 + 2 + 2;

  /** Keeps the types of all requests to the engine. */
  const overhear = (page) => page.addInitScript(() => {
    window.asked = [];
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) {
      window.asked.push(message.type);
      return post.call(this, message, ...rest);
    };
  });

  const rows = (page, section) => part(page, 'kernels').locator(`${section} tr`).evaluateAll((all) => all.map((row) => {
    const [name, dispatches, microseconds, share] = [...row.cells].map((cell) => cell.textContent);
    const number = (text) => Number(text.replace(/,| %$/g, ''));
    return { name, dispatches: number(dispatches), microseconds: number(microseconds), share: number(share) };
  }));

  const sum = (all, field) => all.reduce((total, row) => total + row[field], 0);

  test('are timed when asked for, and the weights stay as they were', { timeout: PATIENCE }, async () => {
    const page = await visit(`${MAP}?developer&backend=webgpu`);
    await overhear(page);
    await page.reload();
    await shows(page, FIRST);
    assert.deepEqual(await page.evaluate(() => window.asked), ['load', 'run']);
    const run = () => page.evaluate(async (text) => [...(await document.querySelector('attention-map').run(text)).maps[0].weights], FIRST);
    const before = await run();

    await part(page, 'measure').focus();
    await page.keyboard.press('Enter');
    await part(page, 'kernels').waitFor();
    const table = await rows(page, 'tbody');
    const [total] = await rows(page, 'tfoot');
    const names = table.map(({ name }) => name);
    for (const kernel of ['embed.q8', 'linear_registers.q8', 'linear_registers.q8.gelu', 'linear_registers.q8.residual']) {
      assert.ok(names.includes(kernel), `${kernel} is not among ${names}`);
    }
    assert.equal(new Set(names).size, names.length);
    assert.equal(sum(table, 'dispatches'), DISPATCHES);
    assert.equal(total.dispatches, DISPATCHES);
    assert.ok(table.every(({ microseconds }) => microseconds >= 0));
    assert.ok(total.microseconds > 0);
    assert.ok(Math.abs(sum(table, 'microseconds') - total.microseconds) <= table.length);
    assert.ok(Math.abs(sum(table, 'share') - 100) <= 0.05 * table.length + 1e-6);
    assert.equal(total.share, 100);
    const times = table.map(({ microseconds }) => microseconds);
    assert.deepEqual(times, times.toSorted((one, other) => other - one));
    const caption = await part(page, 'kernels').locator('caption').textContent();
    assert.match(caption, /all-MiniLM-L6-v2, 8-bit weights, on google swiftshader/);
    assert.ok(caption.includes(`“${FIRST}”`));
    assert.equal(await part(page, 'kernels').locator('th[scope="row"]').count(), table.length + 1);
    assert.deepEqual(await part(page, 'kernels').locator('th[scope="col"]').allTextContents(), ['Kernel', 'Dispatches', 'µs', 'Share']);

    assert.deepEqual(await run(), before);
    // Passes are whole again, and the table is still that of the text it names.
    await part(page, 'text').fill('Another text.');
    await shows(page, 'Another text.');
    assert.equal(await part(page, 'kernels').locator('caption').textContent(), caption);
    assert.equal(await page.evaluate(() => window.asked.filter((type) => type === 'profile').length), 1);
    page.assertClean();
  });

  test('of a pair are timed after the run under way', { timeout: PATIENCE }, async () => {
    const page = await visit(`${MAP}?developer&backend=webgpu#text=one&text-b=two`);
    await shows(page, 'one');
    // Both are asked for before the engine can have answered either.
    const trace = await page.evaluate(() => {
      const element = document.querySelector('attention-map');
      const running = element.run('This runs first.', 'And this with it.');
      return new Promise((resolve) => {
        setTimeout(() => {
          element.shadowRoot.querySelector('[part="measure"]').click();
          running.then((trace) => resolve({
            texts: trace.texts,
            measured: element.shadowRoot.querySelector('[part="kernels"]') !== null,
          }));
        });
      });
    });
    assert.deepEqual(trace, { texts: ['This runs first.', 'And this with it.'], measured: false });
    await part(page, 'kernels').waitFor();
    assert.match(await part(page, 'kernels').locator('caption').textContent(), /“This runs first\.” “And this with it\.”/);
    page.assertClean();
  });

  test('are none on the CPU, which is said', { timeout: PATIENCE }, async () => {
    const page = await visit(`${MAP}?developer&backend=cpu`);
    await shows(page, FIRST);
    await part(page, 'measure').click();
    await part(page, 'kernels-status').and(page.getByText(/^The CPU \(.+\) ran this pass/)).waitFor();
    assert.equal(await part(page, 'kernels').count(), 0);
    assert.equal(await part(page, 'error').count(), 0);

    page.assertClean();
  });

  test('are none on a GPU without a clock, which is said', { timeout: PATIENCE }, async () => {
    // No page with a service worker, which would fetch the file by itself.
    const page = await visit(HOST);
    await page.route('**/engine-build.js', async (route) => {
      const response = await route.fetch();
      const clockless = `{
        const { has } = GPUSupportedFeatures.prototype;
        GPUSupportedFeatures.prototype.has = function (name) { return name !== 'timestamp-query' && has.call(this, name); };
      }`;
      await route.fulfill({ response, body: `${clockless}\n${await response.text()}` });
    });
    const backend = await page.evaluate(async () => {
      await import('./map/attention-map.js');
      const element = Object.assign(document.createElement('attention-map'), { backend: 'webgpu', developer: true });
      document.body.append(element);
      return (await element.run('No clock.')).backend;
    });
    assert.equal(backend, 'webgpu');
    await part(page, 'measure').click();
    await part(page, 'kernels-status').and(page.getByText(/has no clock/)).waitFor();
    assert.equal(await part(page, 'kernels').count(), 0);
    assert.equal(await part(page, 'error').count(), 0);
    page.assertClean();
  });

  test('are not spoken of unless asked for', { timeout: PATIENCE }, async () => {
    const page = await visit(`${MAP}?backend=cpu`);
    await shows(page, FIRST);
    assert.equal(await part(page, 'measure').count(), 0);
    const developer = () => page.evaluate(() => document.querySelector('attention-map').developer);
    assert.equal(await developer(), false);
    await page.evaluate(() => { document.querySelector('attention-map').developer = true; });
    await part(page, 'measure').waitFor();
    assert.equal(await developer(), true);
    await part(page, 'text').fill('Into the address.');
    await shows(page, 'Into the address.');
    assert.ok(!page.url().includes('developer'));
    await page.evaluate(() => { document.querySelector('attention-map').developer = false; });
    await part(page, 'measure').waitFor({ state: 'detached' });
    page.assertClean();
  });
});
