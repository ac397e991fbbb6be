// What every test needs: the built page on a server, below a path of some depth, and a browser to open it in.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launch, required } from './chromium.mjs';
import { serve } from './server.mjs';

/** Where the site lies on its server: it must work below any path. */
export const MAP = '/docs/map/';
/** A bare page with nothing but the element's module. */
export const HOST = '/docs/host.html';
/** Milliseconds. Nothing here takes that long; a machine busy with something else might. */
export const PATIENCE = 240_000;

const HERE = fileURLToPath(new URL('.', import.meta.url));
const GOLDEN = fileURLToPath(new URL('../golden/', import.meta.url));

/** The entries of tests/golden/cases.json. */
export const CASES = JSON.parse(readFileSync(`${GOLDEN}cases.json`, 'utf8'));

/** The models, with the folder of their goldens, the cases that have one, and by backend how far off is right. */
export const MODELS = [
  { model: 'minilm-l6-q8', goldens: 'q8/', cases: CASES.filter(({ q8 }) => q8), tolerance: { cpu: 2e-3 } },
  { model: 'minilm-l6-f32', goldens: '', cases: CASES, tolerance: {} },
];

/** A golden's file: its id, after the folder of its model's goldens. */
export function goldenFile(id) {
  const bytes = readFileSync(`${GOLDEN}${id}.safetensors`);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

/** Within a `describe`: a site and a browser for its tests, ended after them. */
export function stage() {
  const stage = {
    /** See server.mjs. */
    site: null,
    browser: null,
    /** Opens `path` in a browser that has never seen it. `options` are those of a Playwright context. */
    visit: async (path = MAP, options = {}) => open(await stage.browser.newContext(options), stage.site, path),
  };
  before(async () => {
    stage.site = await serve({
      [MAP]: required('ATTENTION_MAP_DIST'),
      [HOST]: `${HERE}host.html`,
      '/docs/golden.mjs': `${HERE}golden.mjs`,
      '/docs/painted.mjs': `${HERE}painted.mjs`,
      '/docs/golden/': GOLDEN,
    });
    stage.browser = await launch();
  }, { timeout: PATIENCE });
  after(async () => {
    await stage.browser?.close();
    await stage.site?.stop();
  });
  return stage;
}

/**
 * Opens `path` of `site` and keeps watch: `page.assertClean()` throws after an error that nothing caught or a
 * request to another origin, and the page's own `heard` holds what its elements have told.
 */
export async function open(context, site, path = MAP) {
  context.setDefaultTimeout(PATIENCE / 4);
  context.setDefaultNavigationTimeout(PATIENCE / 4);
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.stack ?? error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${site.origin}/`) && !/^(blob|data):/.test(url)) complaints.push(`asked for ${url}`);
  });
  page.assertClean = () => assert.deepEqual(complaints, []);
  await page.addInitScript(listen);
  await page.goto(new URL(path, site.origin).href);
  return page;
}

/** In the page, before anything else: keeps every event of an element. The last trace is kept whole. */
function listen() {
  window.heard = [];
  const keep = (name, summary) => {
    addEventListener(`attention-map:${name}`, ({ detail }) => window.heard.push({ name, ...summary(detail) }));
  };
  keep('ready', ({ backend }) => ({ backend }));
  keep('progress', ({ loaded, total, cached }) => ({ loaded, total, cached }));
  keep('error', ({ code, message }) => ({ code, message }));
  keep('change', (detail) => detail);
  keep('trace', (trace) => {
    window.trace = trace;
    return { texts: trace.texts, backend: trace.backend, tokens: trace.maps[0].queries.map((token) => token.text) };
  });
}

/** The element's part of that name (src/page.rs lists them). */
export function part(page, name) {
  return page.locator(`attention-map [part~="${name}"]`);
}

/** Waits until the map of `text` (the first of a pair) is the newest, and shown. */
export async function shows(page, text) {
  await page.waitForFunction((text) => window.trace?.texts[0] === text, text);
  const count = await page.evaluate(() => window.trace.maps[0].queries.length);
  await page.waitForFunction(
    (count) => document.querySelector('attention-map').shadowRoot.querySelectorAll('[part~="token"]').length === count,
    count,
  );
}

/** The selected head: `{ layer, head }`, counted from 0. */
export function selected(page) {
  return page.evaluate(() => {
    const { layer, head } = document.querySelector('attention-map');
    return { layer, head };
  });
}

/** Waits until layer and head are shown to be selected. */
export async function selects(page, { layer, head }) {
  await part(page, 'layer').and(page.getByText(`Layer ${layer}`, { exact: true })).waitFor();
  await part(page, 'head').and(page.getByText(`Head ${head}`, { exact: true })).waitFor();
}

/** The weight that `query` gives `key` in the selected head of the newest trace. */
export function weightOf(page, query, key) {
  return page.evaluate(([query, key]) => {
    const { layer, head } = document.querySelector('attention-map');
    const [map] = window.trace.maps;
    return map.weights[((layer * map.heads + head) * map.queries.length + query) * map.keys.length + key];
  }, [query, key]);
}

/** The numbers that a canvas says it paints by (src/page.rs). */
export async function layout(canvas, ...names) {
  return Promise.all(names.map(async (name) => Number(await canvas.getAttribute(`data-${name}`))));
}

/** The sentence that the page opens with. */
export const FIRST = "The animal didn't cross the street because it was too tired.";

/** Waits until `complaints(argument)`, run in the page, is an empty list; fails with what it still holds. */
export async function settles(page, complaints, argument) {
  const calm = await page
    .waitForFunction(`(${complaints})(${JSON.stringify(argument) ?? ''}).length === 0`, undefined, { timeout: PATIENCE / 12 })
    .catch(() => null);
  if (!calm) assert.deepEqual(await page.evaluate(complaints, argument), []);
}
