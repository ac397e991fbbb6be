// The model's way to the page: progress, failures and the way on, caches, and no server at all.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { FIRST, HOST, PATIENCE, part, shows, stage } from './harness.mjs';

const WEIGHTS = 'model.safetensors';
const WEIGHTS_BYTES = 23_711_040;
const TOTAL = 612 + 466_247 + WEIGHTS_BYTES;

describe('the model', () => {
  const host = stage();
  const { visit } = host;

  /** How often a file was asked for since `mark`. */
  const asked = (ending, mark) => host.site.requests.slice(mark).filter(({ path }) => path.endsWith(ending)).length;

  test('comes with its progress in bytes, and from the cache the second time', { timeout: PATIENCE }, async () => {
    const page = await visit();
    await shows(page, FIRST);
    const progress = () => page.evaluate(() => window.heard.filter(({ name }) => name === 'progress'));
    const first = await progress();
    assert.ok(first.length >= 3);
    assert.ok(first.every(({ total, cached }) => total === TOTAL && !cached));
    assert.deepEqual(first.map(({ loaded }) => loaded), first.map(({ loaded }) => loaded).sort((one, other) => one - other));
    assert.equal(first.at(-1).loaded, TOTAL);

    const mark = host.site.requests.length;
    await page.reload();
    await shows(page, FIRST);
    assert.ok((await progress()).every(({ cached }) => cached));
    assert.equal(asked(WEIGHTS, mark), 0);
    page.assertClean();
  });

  for (const [fault, reason] of [['refuse', /503/], ['hangUp', /Could not fetch .*model\.safetensors/]]) {
    test(`that fails to come (${fault}) is an error with a button that tries again`, { timeout: PATIENCE }, async () => {
      host.site.fail(WEIGHTS, fault);
      const page = await visit();
      await part(page, 'error').waitFor();
      assert.equal(await part(page, 'error').getAttribute('data-code'), 'fetch-failed');
      assert.match(await part(page, 'error').textContent(), reason);
      assert.equal(await part(page, 'invitation').count(), 1);
      assert.deepEqual(await page.evaluate(() => window.heard.filter(({ name }) => name === 'error').map(({ code }) => code)), ['fetch-failed']);

      const ready = () => page.evaluate(() => document.querySelector('attention-map').ready.then(() => 'ready', ({ code }) => code));
      assert.equal(await ready(), 'fetch-failed');

      // Still out of order: the same again.
      await part(page, 'retry').click();
      await page.waitForFunction(() => window.heard.filter(({ name }) => name === 'error').length === 2);
      await part(page, 'error').waitFor();

      host.site.heal();
      await part(page, 'retry').click();
      await shows(page, FIRST);
      assert.equal(await part(page, 'error').count(), 0);
      assert.equal(await ready(), 'ready');
      page.assertClean();
    });
  }

  test('comes also where there are no caches, as on a host without HTTPS', { timeout: PATIENCE }, async () => {
    const page = await visit(HOST);
    await page.route('**/engine-build.js', async (route) => {
      const response = await route.fetch();
      const without = "Object.defineProperty(WorkerGlobalScope.prototype, 'caches', { get: () => undefined });";
      await route.fulfill({ response, body: `${without}\n${await response.text()}` });
    });
    await page.evaluate(() => {
      const element = document.createElement('attention-map');
      element.setAttribute('text', 'Anything');
      document.body.append(element);
    });
    await shows(page, 'Anything');
    assert.equal(await part(page, 'error').count(), 0);
    page.assertClean();
  });

  test('that fails to come rejects el.run, whose next call tries again', { timeout: PATIENCE }, async () => {
    host.site.fail('tokenizer.json', 'refuse', 1);
    const page = await visit();
    await part(page, 'error').waitFor();
    host.site.fail('tokenizer.json', 'refuse', 1);
    const run = () => page.evaluate(() => document.querySelector('attention-map').run('Again').then(({ texts }) => texts, ({ code }) => code));
    assert.equal(await run(), 'fetch-failed');
    assert.deepEqual(await run(), ['Again']);
    host.site.heal();
    page.assertClean();
  });

  for (const fault of ['truncate', 'corrupt']) {
    test(`that comes damaged (${fault}) is fetched once more, with a notice`, { timeout: PATIENCE }, async () => {
      const mark = host.site.requests.length;
      host.site.fail(WEIGHTS, fault, 1);
      const page = await visit();
      await shows(page, FIRST);
      assert.equal(asked(WEIGHTS, mark), 2);
      const notice = page.locator('attention-map [part~="notice"][data-code="fetched-again"]');
      assert.match(await notice.textContent(), /model\.safetensors/);
      host.site.heal();
      page.assertClean();
    });

    test(`that comes damaged (${fault}) twice is an error that says so`, { timeout: PATIENCE }, async () => {
      const mark = host.site.requests.length;
      host.site.fail(WEIGHTS, fault);
      const page = await visit();
      await part(page, 'error').waitFor();
      assert.equal(await part(page, 'error').getAttribute('data-code'), 'file-corrupt');
      assert.match(
        await part(page, 'error').textContent(),
        fault === 'truncate' ? /model\.safetensors: 11855520 bytes came, 23711040 were expected/ : /model\.safetensors: its sha256 is/,
      );
      assert.equal(asked(WEIGHTS, mark), 2);
      host.site.heal();
      await part(page, 'retry').click();
      await shows(page, FIRST);
      page.assertClean();
    });
  }

  for (const damage of ['shortened', 'changed']) {
    test(`that was kept but is ${damage} is fetched again`, { timeout: PATIENCE }, async () => {
      const page = await visit();
      await shows(page, FIRST);
      const length = await page.evaluate(async (damage) => {
        for (const name of await caches.keys()) {
          const cache = await caches.open(name);
          const kept = (await cache.keys()).find(({ url }) => url.includes('model.safetensors'));
          if (!kept) continue;
          const bytes = new Uint8Array(await (await cache.match(kept)).arrayBuffer());
          bytes[bytes.length >> 1] ^= 0xff;
          await cache.put(kept, new Response(damage === 'shortened' ? bytes.slice(0, 1000) : bytes));
          return bytes.length;
        }
      }, damage);
      assert.equal(length, WEIGHTS_BYTES);
      const mark = host.site.requests.length;
      await page.reload();
      await shows(page, FIRST);
      assert.equal(asked(WEIGHTS, mark), 1);
      page.assertClean();
    });
  }

  test('after one visit, a reload without a server shows all that was there', { timeout: PATIENCE }, async () => {
    const page = await visit();
    await shows(page, FIRST);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await host.site.stop();
    await page.reload();
    await shows(page, FIRST);
    await part(page, 'text').fill('Nobody is there');
    await shows(page, 'Nobody is there');
    page.assertClean();
  });
});
