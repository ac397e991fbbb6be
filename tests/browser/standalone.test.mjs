// standalone.js: one module that shows stored maps wherever there is only one file.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { launch, required } from './chromium.mjs';
import { PATIENCE } from './harness.mjs';
import { storedText } from './stored.mjs';

const TEXT = JSON.parse(storedText).texts[0];
const CHILD = `<script type="application/json">${storedText.replaceAll('<', '\\u003c')}</script>`;

describe('standalone.js', () => {
  let browser;
  let folder;
  let module;

  before(async () => {
    browser = await launch();
    folder = await mkdtemp(join(tmpdir(), 'attention-map-'));
    module = await readFile(join(required('ATTENTION_MAP_DIST'), 'standalone.js'), 'utf8');
  }, { timeout: PATIENCE });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens a page from the disk: every request beside it is noted, and what nothing caught. */
  async function opened(html, options = {}) {
    const file = join(folder, 'page.html');
    await writeFile(file, html);
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.asked = [];
    page.uncaught = [];
    page.on('request', (request) => page.asked.push(request.url()));
    page.on('pageerror', (error) => page.uncaught.push(error.message));
    await page.goto(pathToFileURL(file).href);
    return page;
  }
  const shown = (page) => page.locator('attention-map [part~="matrix"]').waitFor();
  const alone = (page) => {
    assert.deepEqual(page.asked.slice(1).filter((url) => !/^(data|blob):/.test(url)), []);
    assert.deepEqual(page.uncaught, []);
  };

  test('inside one HTML file, opened from the disk, shows a map, and takes pictures of it', { timeout: PATIENCE }, async () => {
    const page = await opened(`<!doctype html><link rel="icon" href="data:,"><script type="module">${module}</script><attention-map layer="3" head="1">${CHILD}</attention-map>`);
    await shown(page);
    const [texts, svg, png] = await page.evaluate(async () => {
      const element = document.querySelector('attention-map');
      return [element.trace.texts, element.toSVG(), (await element.toBlob('image/png')).size];
    });
    assert.deepEqual(texts, [TEXT]);
    assert.match(svg, /animal/);
    assert.ok(png > 1000);
    alone(page);
    await page.context().close();
  });

  test('speaks Chinese without another file', { timeout: PATIENCE }, async () => {
    const page = await opened(`<!doctype html><link rel="icon" href="data:,"><script type="module">${module}</script><attention-map layer="3" head="1">${CHILD}</attention-map>`, { locale: 'zh-CN' });
    await shown(page);
    await page.locator('attention-map [part~="layer"]', { hasText: '层' }).first().waitFor();
    alone(page);
    await page.context().close();
  });

  // A notebook's widgets are imported so.
  for (const kind of ['blob', 'data']) {
    test(`imported from a ${kind}: address, shows a map`, { timeout: PATIENCE }, async () => {
      const page = await opened(`<!doctype html><link rel="icon" href="data:,"><attention-map layer="3" head="1">${CHILD}</attention-map>`);
      const names = await page.evaluate(async ([kind, module]) => {
        const address = kind === 'blob'
          ? URL.createObjectURL(new Blob([module], { type: 'text/javascript' }))
          : `data:text/javascript;charset=utf-8,${encodeURIComponent(module)}`;
        return Object.keys(await import(address));
      }, [kind, module]);
      assert.ok(names.includes('AttentionMapElement'));
      await shown(page);
      alone(page);
      await page.context().close();
    });
  }

  test('says so, and still shows the map, where there is nothing to run it live with', { timeout: PATIENCE }, async () => {
    const page = await opened(`<!doctype html><link rel="icon" href="data:,"><script type="module">${module}</script><attention-map layer="3" head="1">${CHILD}</attention-map>`);
    await shown(page);
    const code = await page.evaluate(() => document.querySelector('attention-map').run('anything').catch((error) => error.code));
    assert.equal(code, 'page-not-started');
    await shown(page);
    assert.match(await page.locator('attention-map [part~="notice"]').textContent(), /could not be started/);
    assert.deepEqual(page.uncaught, []);
    await page.context().close();
  });
});
