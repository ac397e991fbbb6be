// What docs/src/embed/theming.md says that a page may set, and what it may not.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launch, required } from './chromium.mjs';
import { PATIENCE, open } from './harness.mjs';
import { serve } from './server.mjs';
import { stored } from './stored.mjs';

const DOCUMENTED = readFileSync(new URL('../../docs/src/embed/theming.md', import.meta.url), 'utf8');
const PROPERTIES = [...DOCUMENTED.matchAll(/^\| `(--attention-map-[a-z]+)` \|/gm)].map(([, name]) => name);
const [EXAMPLE, PART] = [...DOCUMENTED.matchAll(/```css\n(.*?)```/gs)].map(([, snippet]) => snippet);
const PARTS = [...DOCUMENTED.slice(DOCUMENTED.indexOf('## Parts')).matchAll(/^\| .*$/gm)].flatMap(([row]) => [...row.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name));
const ARTEFACTS = fileURLToPath(new URL('artefacts/', import.meta.url));

/** A value that no theme has. */
const VALUES = { '--attention-map-padding': '13px', '--attention-map-radius': '17px', '--attention-map-family': 'monospace' };

describe('a page that has its own colours', () => {
  let site;
  let browser;
  const pages = {};
  const visit = async (style, body, options) => {
    pages['/page'] = { page: `<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,"><style>${style}</style>
      <script type="module" src="/map/attention-map.js"></script>${body}</html>` };
    const context = await browser.newContext({ viewport: { width: 900, height: 800 }, ...options });
    const page = await open(context, site, '/page');
    await page.locator('attention-map [part~="matrix"]').first().waitFor();
    return page;
  };
  const STORED = '<attention-map src="/stored.json" layer="3" head="1"></attention-map>';

  before(async () => {
    await mkdir(ARTEFACTS, { recursive: true });
    site = await serve(Object.assign(pages, { '/map/': required('ATTENTION_MAP_DIST'), '/stored.json': stored }));
    browser = await launch();
  }, { timeout: PATIENCE });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  /** What everything in the shadow root looks like. */
  const looks = () => [...document.querySelector('attention-map').shadowRoot.querySelectorAll('.root, .root *')].map((inner) => {
    const { color, backgroundColor, borderTopColor, fontFamily, paddingTop, borderTopLeftRadius, accentColor } = getComputedStyle(inner);
    return [color, backgroundColor, borderTopColor, fontFamily, paddingTop, borderTopLeftRadius, accentColor].join();
  });

  test('sets every property that the guide lists, and each has an effect', { timeout: PATIENCE }, async () => {
    assert.ok(PROPERTIES.length >= 11, `${PROPERTIES}`);
    const page = await visit('', '<attention-map text="It works." backend="cpu"></attention-map>');
    await page.evaluate(() => document.querySelector('attention-map').run('It works.'));
    // With an error.
    site.fail('minilm-l6-f32/model.safetensors', 'refuse');
    await page.evaluate(() => (document.querySelector('attention-map').model = 'minilm-l6-f32'));
    await page.locator('attention-map [part~="error"]').waitFor();
    site.heal();
    await page.evaluate(async () => {
      // The readout and its like follow a frame or two later.
      for (let frame = 0; frame < 10; frame++) await new Promise(requestAnimationFrame);
    });
    const plain = await page.evaluate(looks);
    for (const name of PROPERTIES) {
      await page.evaluate(([name, value]) => document.querySelector('attention-map').style.setProperty(name, value), [name, VALUES[name] ?? 'rgb(1, 2, 3)']);
      const set = await page.evaluate(looks);
      assert.equal(set.length, plain.length);
      assert.ok(set.some((look, index) => look !== plain[index]), `${name} should change something`);
      await page.evaluate((name) => document.querySelector('attention-map').style.removeProperty(name), name);
    }
    assert.deepEqual(await page.evaluate(looks), plain, 'and all is as it was when they are taken away');
    page.assertClean();
    await page.context().close();
  });

  test('may use the guide\'s style sheet', { timeout: PATIENCE }, async () => {
    const page = await visit(EXAMPLE + PART, STORED);
    const seen = await page.evaluate(() => {
      const { shadowRoot } = document.querySelector('attention-map');
      const root = getComputedStyle(shadowRoot.querySelector('[part="root"]'));
      const button = getComputedStyle(shadowRoot.querySelector('[part~="run-live"]'));
      return [root.paddingLeft, root.backgroundColor, root.borderTopLeftRadius, root.fontFamily, button.borderTopLeftRadius];
    });
    assert.deepEqual(seen, ['16px', 'rgba(0, 0, 0, 0)', '8px', 'Georgia, serif', '4px']);
    await page.screenshot({ path: `${ARTEFACTS}theming.png`, fullPage: true });
    await page.context().close();
  });

  test('finds every part that the guide names', { timeout: PATIENCE }, async () => {
    const page = await visit('', `<attention-map text="It works." text-b="It does." backend="cpu" history linked></attention-map>${STORED}`);
    await page.evaluate(() => document.querySelector('attention-map').ready);
    await page.locator('attention-map [part~="save-png"]').first().waitFor();
    const found = new Set();
    for (const view of ['grid', 'matrix', 'lines', 'text', 'layers', 'neuron', 'table']) {
      const parts = await page.evaluate(async (view) => {
        const [live] = document.querySelectorAll('attention-map');
        live.view = view;
        for (let frame = 0; frame < 8; frame++) await new Promise(requestAnimationFrame);
        return [...document.querySelectorAll('attention-map')].flatMap(({ shadowRoot }) => [...shadowRoot.querySelectorAll('[part]')].flatMap((inner) => [...inner.part]));
      }, view);
      for (const part of parts) found.add(part);
    }
    // While a model loads, where something fails, and where one points.
    const passing = ['progress', 'error', 'notice', 'retry', 'weight'];
    assert.ok(PARTS.length > 40, `${PARTS}`);
    assert.deepEqual(PARTS.filter((part) => !found.has(part) && !passing.includes(part)), []);
    await page.context().close();
  });

  test('is followed where its color-scheme is dark or light, and when its switch is used', { timeout: PATIENCE }, async () => {
    const page = await visit('html { color-scheme: light } html.night { color-scheme: dark }', STORED, { colorScheme: 'dark' });
    const ground = () => page.evaluate(() => getComputedStyle(document.querySelector('attention-map').shadowRoot.querySelector('.root')).colorScheme);
    assert.equal(await ground(), 'light', 'a light page, although the system is dark');
    await page.evaluate(() => document.documentElement.classList.add('night'));
    await page.waitForFunction(() => getComputedStyle(document.querySelector('attention-map').shadowRoot.querySelector('.root')).colorScheme === 'dark');
    await page.screenshot({ path: `${ARTEFACTS}theming-night.png`, fullPage: true });
    await page.evaluate(() => document.querySelector('attention-map').setAttribute('theme', 'light'));
    await page.waitForFunction(() => getComputedStyle(document.querySelector('attention-map').shadowRoot.querySelector('.root')).colorScheme === 'light');
    await page.context().close();
  });
});
