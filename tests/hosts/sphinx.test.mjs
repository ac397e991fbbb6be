// Pages that Sphinx builds, one of MyST's Markdown and one of reStructuredText, opened in Chromium. Their sources are in
// docs/src/embed/sphinx.md.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { launch } from '../browser/chromium.mjs';
import { open } from '../browser/harness.mjs';
import { serve } from '../browser/server.mjs';
import { ARTEFACTS, MAP, PATIENCE, copyOf, elementIn, run } from './tools.mjs';

describe('a project of Sphinx and MyST', () => {
  let site;
  let browser;

  before(async () => {
    const project = await copyOf('sphinx', { '_static/map.json': MAP, ...elementIn('_static/attention-map') });
    const { ATTENTION_MAP_PYTHON: python, ATTENTION_MAP_SPHINX: packages } = process.env;
    // A warning of Sphinx fails the build.
    const { printed } = await run(python, ['-m', 'sphinx', '--fail-on-warning', '-b', 'html', '.', 'built'], { cwd: project, env: { PYTHONPATH: packages } });
    assert.match(printed, /build succeeded/);
    site = await serve({ '/deep/down/': join(project, 'built') });
    browser = await launch();
  }, { timeout: PATIENCE });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  for (const [path, view] of [['index.html', 'matrix'], ['notes/lines.html', 'lines']]) {
    test(`shows the map of ${path}, and loads no engine`, { timeout: PATIENCE }, async () => {
      const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
      const page = await open(context, site, `/deep/down/${path}`);
      await page.locator(`attention-map [part~="${view}"]`).waitFor();
      assert.deepEqual(await page.evaluate(() => document.querySelector('attention-map').trace?.texts), ["The animal didn't cross the street because it was too tired."]);
      await page.screenshot({ path: join(ARTEFACTS, `sphinx-${view}.png`), fullPage: true });
      page.assertClean();
      assert.deepEqual(site.requests.filter(({ status, path }) => (status >= 400 && path !== '/favicon.ico') || /engine-worker|engine_|models|app/.test(path)), []);
      await context.close();
    });
  }

  test('shows the words inside where there is no JavaScript', { timeout: PATIENCE }, async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await open(context, site, '/deep/down/index.html');
    await page.getByText('needs JavaScript').waitFor();
    await context.close();
  });
});
