// A site that Docusaurus builds, opened in Chromium. Its sources are in docs/src/embed/docusaurus.md.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { launch } from '../browser/chromium.mjs';
import { open } from '../browser/harness.mjs';
import { serve } from '../browser/server.mjs';
import { ARTEFACTS, MAP, PATIENCE, copyOf, elementIn, runPackage } from './tools.mjs';

describe('a site of Docusaurus', () => {
  let project;
  let site;
  let browser;

  before(async () => {
    project = await copyOf('docusaurus', { 'static/map.json': MAP, ...elementIn('static/attention-map') });
    await runPackage('@docusaurus/core', 'bin/docusaurus.mjs', ['build'], { cwd: project, env: { NODE_ENV: 'production', DO_NOT_TRACK: '1' } });
    site = await serve({ '/notes/': join(project, 'build') });
    browser = await launch();
  }, { timeout: PATIENCE });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  test('shows the map, keeps it when the page is left and opened again, and loads no engine', { timeout: PATIENCE }, async () => {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
    const page = await open(context, site, '/notes/');
    const matrix = page.locator('attention-map [part~="matrix"]');
    await matrix.waitFor();
    await page.screenshot({ path: join(ARTEFACTS, 'docusaurus.png'), fullPage: true });
    // Docusaurus changes pages without loading them.
    await page.getByRole('link', { name: 'Lines' }).first().click();
    await page.locator('attention-map [part~="lines"]').waitFor();
    await page.goBack();
    await matrix.waitFor();
    page.assertClean();
    assert.deepEqual(site.requests.filter(({ status, path }) => (status >= 400 && path !== '/favicon.ico') || /engine-worker|engine_|models|app/.test(path)), []);
    await context.close();
  });

  test('has the words inside in its HTML, for readers and for search engines', { timeout: PATIENCE }, async () => {
    assert.match(await readFile(join(project, 'build/index.html'), 'utf8'), /<attention-map src="\/notes\/map\.json" layer="3" head="1">.*needs JavaScript/s);
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await open(context, site, '/notes/');
    await page.getByText('needs JavaScript').waitFor();
    await context.close();
  });
});
