// The element where a page forbids all that it does without, and gives nothing that it could do with.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { launch, required } from './chromium.mjs';
import { PATIENCE, open } from './harness.mjs';
import { serve } from './server.mjs';
import { stored } from './stored.mjs';

const GUIDE = readFileSync(new URL('../../docs/src/embed/html.md', import.meta.url), 'utf8');
const [, POLICY] = GUIDE.match(/^Content-Security-Policy: (.*)$/m);

const PAGE = `<!doctype html>
<html lang="en">
  <title>A strict page</title>
  <link rel="icon" href="data:,">
  <script type="module" src="/map/attention-map.js"></script>
  <attention-map id="stored" src="/stored.json" layer="3" head="1"></attention-map>
  <attention-map id="live" text="A short text." backend="cpu"></attention-map>
</html>`;

describe('under a strict content security policy', () => {
  let site;
  let browser;

  before(async () => {
    site = await serve(
      { '/map/': required('ATTENTION_MAP_DIST'), '/stored.json': stored, '/': { page: PAGE } },
      { 'content-security-policy': POLICY },
    );
    browser = await launch();
  }, { timeout: PATIENCE });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  test('stored and live maps are shown, and nothing is asked for that it forbids', { timeout: PATIENCE }, async () => {
    const context = await browser.newContext();
    await context.addInitScript(() => {
      window.violations = [];
      addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) => {
        window.violations.push(`${effectiveDirective} ${blockedURI} ${sample}`);
      });
    });
    const page = await open(context, site, '/');
    await page.locator('#live [part~="matrix"]').waitFor();
    await page.locator('#stored [part~="matrix"]').waitFor();
    await page.evaluate(() => document.querySelector('#live').ready);
    // Every view, theme and tool: what one of them sets as a style attribute would be a violation.
    for (const view of ['lines', 'text', 'layers', 'neuron', 'table', 'grid']) {
      await page.evaluate(async (view) => {
        for (const element of document.querySelectorAll('attention-map')) {
          if (view !== 'neuron' || element.id === 'live') element.view = view;
          element.theme = view === 'lines' ? 'dark' : 'light';
        }
        for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
      }, view);
    }
    await page.locator('#live [part~="compare"] > summary').click();
    await page.locator('#live [part~="compare"] > div > *').first().waitFor();
    const png = await page.evaluate(async () => (await document.querySelector('#stored').toBlob('image/png')).size);
    assert.ok(png > 1000, `a picture of ${png} bytes`);
    assert.deepEqual(await page.evaluate(() => window.violations), []);
    const styled = await page.evaluate(() => getComputedStyle(document.querySelector('#live').shadowRoot.querySelector('.root')).containerType);
    assert.equal(styled, 'inline-size', 'the style sheet is in effect');
    const isolated = await page.evaluate(() => crossOriginIsolated);
    assert.equal(isolated, false, 'the page is not isolated, and the element needs no such page');
    page.assertClean();
    await context.close();
  });

  test('a policy that forbids WebAssembly is said to be the reason', { timeout: PATIENCE }, async () => {
    const strict = await serve(
      { '/map/': required('ATTENTION_MAP_DIST'), '/stored.json': stored, '/': { page: PAGE } },
      { 'content-security-policy': POLICY.replace(" 'wasm-unsafe-eval'", '') },
    );
    const context = await browser.newContext();
    const page = await open(context, strict, '/');
    const said = await page.locator('#live [part~="error"]').first().textContent();
    assert.match(said, /could not be started/);
    assert.match(said, /Content Security Policy|wasm-unsafe-eval/i);
    await context.close();
    await strict.stop();
  });
});
