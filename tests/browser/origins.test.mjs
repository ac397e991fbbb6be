// The element where its files lie on another server than the page, and at whatever path.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch, required } from './chromium.mjs';
import { PATIENCE, open } from './harness.mjs';
import { serve } from './server.mjs';
import { stored } from './stored.mjs';

const CORS = { 'access-control-allow-origin': '*' };

/** A page that takes the element from `base`. */
const pageFrom = (base) => `<!doctype html>
<html lang="en">
  <title>A page</title>
  <link rel="icon" href="data:,">
  <script type="module" src="${base}attention-map.js"></script>
  <attention-map id="stored" src="${base}../stored.json" layer="3" head="1"></attention-map>
  <attention-map id="live" text="A short text." backend="cpu"></attention-map>
</html>`;

const shown = async (page) => {
  await page.locator('#stored [part~="matrix"]').waitFor();
  return page.evaluate(async () => {
    const live = document.querySelector('#live');
    const trace = await live.run('it works');
    return { texts: trace.texts, rows: trace.maps[0].queries.length };
  });
};
const EXPECTED = { texts: ['it works'], rows: 4 };

describe('the files of the element', () => {
  const dist = required('ATTENTION_MAP_DIST');
  let browser;
  const servers = [];
  const started = async (...options) => {
    servers.push(await serve(...options));
    return servers.at(-1);
  };

  before(async () => (browser = await launch()), { timeout: PATIENCE });
  after(async () => {
    await browser?.close();
    for (const server of servers) await server.stop();
  });

  for (const path of ['/', '/a/b/c d/é/']) {
    test(`may lie at ${path}`, { timeout: PATIENCE }, async () => {
      const site = await started({ [`${path}x/`]: dist, [`${path}stored.json`]: stored, '/page': { page: pageFrom(encodeURI(`${path}x/`)) } });
      const context = await browser.newContext();
      const page = await open(context, site, '/page');
      assert.deepEqual(await shown(page), EXPECTED);
      page.assertClean();
      await context.close();
    });
  }

  test('may lie on another server that allows it, the engine included, which all elements share', { timeout: PATIENCE }, async () => {
    const files = await started({ '/cdn/x/': dist, '/cdn/stored.json': stored }, CORS);
    // No blob: but for the worker, which no page may start from another origin.
    const policy = `default-src 'none'; script-src ${files.origin} 'wasm-unsafe-eval'; connect-src ${files.origin}; worker-src blob:; img-src data:`;
    const site = await started({ '/page': { page: pageFrom(`${files.origin}/cdn/x/`) } }, { 'content-security-policy': policy });
    const context = await browser.newContext();
    const page = await open(context, site, '/page');
    const workers = [];
    page.on('worker', (worker) => workers.push(worker.url()));
    assert.deepEqual(await shown(page), EXPECTED);
    await page.evaluate(async () => {
      const other = document.createElement('attention-map');
      other.setAttribute('backend', 'cpu');
      document.body.append(other);
      await other.run('one more');
      other.remove();
    });
    assert.equal(page.workers().length, 1, 'one worker');
    assert.match(page.workers()[0].url(), /^blob:/);
    assert.equal(files.requests.filter(({ path }) => path.endsWith('model.safetensors')).length, 1, 'one copy of the weights');
    await context.close();
  });

  test('on another server that does not allow it are said to be missing', { timeout: PATIENCE }, async () => {
    const files = await started({ '/x/': dist });
    const page404 = `<!doctype html><title>A page</title><link rel="icon" href="data:,">
      <script type="module" src="${files.origin}/x/attention-map.js"></script>
      <attention-map src="${files.origin}/stored.json"><p id="fallback">A picture would be here.</p></attention-map>`;
    const site = await started({ '/page': { page: page404 } });
    const context = await browser.newContext();
    const page = await open(context, site, '/page');
    // Not even the module may be read, so what is inside the element stays.
    await page.locator('#fallback').waitFor({ state: 'visible' });
    assert.equal(await page.evaluate(() => customElements.get('attention-map')), undefined);
    await context.close();
  });

  test('may be imported twice, under two addresses, without harm', { timeout: PATIENCE }, async () => {
    const site = await started({ '/one/x/': dist, '/two/x/': dist, '/one/stored.json': stored, '/page': { page: pageFrom('/one/x/') } });
    const context = await browser.newContext();
    const page = await open(context, site, '/page');
    await page.addScriptTag({ type: 'module', url: '/two/x/attention-map.js' });
    const same = await page.evaluate(async () => {
      const [one, two] = await Promise.all([import('/one/x/attention-map.js'), import('/two/x/attention-map.js?again')]);
      return [one, two].map((module) => module.AttentionMapElement === customElements.get('attention-map'));
    });
    assert.deepEqual(same, [true, false]);
    assert.deepEqual(await shown(page), EXPECTED);
    assert.ok(!site.requests.some(({ path }) => path.startsWith('/two/') && path.endsWith('.wasm')), 'the second module loads no program');
    page.assertClean();
    await context.close();
  });
});
