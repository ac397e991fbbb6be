// docs/src/embed/html.md, taken at its word: its snippets, its header, its list of files.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { launch, required } from './chromium.mjs';
import { FIRST, PATIENCE, open } from './harness.mjs';
import { serve } from './server.mjs';
import { stored } from './stored.mjs';

const GUIDE = readFileSync(new URL('../../docs/src/embed/html.md', import.meta.url), 'utf8');
const SNIPPETS = [...GUIDE.matchAll(/```html\n(.*?)```/gs)].map(([, snippet]) => snippet);
const [, POLICY] = GUIDE.match(/^Content-Security-Policy: (.*)$/m);
const [MODULE] = SNIPPETS[0].match(/<script.*<\/script>/);
const DIST = required('ATTENTION_MAP_DIST');

/** The files in a row of the guide's table. */
const filesOf = (row) => [...GUIDE.match(new RegExp(`^\\| ${row} \\|(.*)\\|$`, 'm'))[1].matchAll(/`([^`]+)`/g)].map(([, name]) => name);

describe('the guide to HTML pages', () => {
  let browser;

  before(async () => (browser = await launch()), { timeout: PATIENCE });
  after(() => browser?.close());

  /** Opens `body` in a page of a server that has `mounts` besides, and sends the guide's policy. */
  async function visit(body, mounts, run) {
    const page = `<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,"><body>${body}</body></html>`;
    const site = await serve({ '/notes/': { page }, '/notes/map.json': stored, ...mounts }, { 'content-security-policy': POLICY });
    const context = await browser.newContext();
    try {
      const opened = await open(context, site, '/notes/');
      await run(opened, site);
      opened.assertClean();
    } finally {
      await context.close();
      await site.stop();
    }
  }
  /** As those who follow the guide have copied them. */
  const only = async (names) => {
    const all = await readdir(DIST, { recursive: true });
    const chosen = all.filter((name) => names.some((given) => (given.endsWith('/') ? name.startsWith(given) : given.endsWith('*') ? name.startsWith(given.slice(0, -1)) : name === given)));
    return Object.fromEntries(chosen.map((name) => [`/attention-map/${name}`, join(DIST, name)]));
  };
  const missing = (site) => site.requests.filter(({ status }) => status >= 400).map(({ path }) => path).filter((path) => !path.endsWith('.svg'));

  test('has a snippet of a stored map, which needs the files that it lists and no other', { timeout: PATIENCE }, async () => {
    const files = await only(filesOf('stored maps'));
    await visit(SNIPPETS[0], files, async (page, site) => {
      await page.locator('attention-map [part~="matrix"]').waitFor();
      assert.deepEqual(missing(site), []);
      const asked = new Set(site.requests.map(({ path }) => path));
      assert.deepEqual(Object.keys(files).filter((path) => !asked.has(path)), [], 'and each of them is needed');
    });
  });

  test('has one file for stored maps', { timeout: PATIENCE }, async () => {
    const [name] = filesOf('stored maps, one file');
    await visit(SNIPPETS[0].replace('attention-map.js', name), { [`/attention-map/${name}`]: join(DIST, name) }, async (page, site) => {
      await page.locator('attention-map [part~="matrix"]').waitFor();
      assert.deepEqual(missing(site), []);
    });
  });

  test('has a snippet of a live map, which needs the files that it lists besides', { timeout: PATIENCE }, async () => {
    const files = await only([...filesOf('stored maps'), ...filesOf('“Run live” and texts, too')]);
    await visit(MODULE + SNIPPETS.find((snippet) => snippet.includes('text=')), files, async (page, site) => {
      const texts = await page.evaluate(async () => {
        const element = document.querySelector('attention-map');
        await element.ready;
        return (await element.run(element.text)).texts;
      });
      assert.deepEqual(texts, [FIRST]);
      assert.deepEqual(missing(site), []);
    });
  });

  test('says how near an element is when it is loaded', { timeout: PATIENCE }, async () => {
    const [, pixels] = GUIDE.match(/before an element is (\d+) pixels from being seen/);
    const far = Number(pixels) + 2000;
    // A room of that height, by an attribute: the policy allows no style. The picture inside the element is the page's to load.
    await visit(`<svg id="room" width="1" height="${far}"></svg>${SNIPPETS[0]}`, { '/attention-map/': DIST }, async (page, site) => {
      const { height } = page.viewportSize();
      await page.waitForFunction(() => customElements.get('attention-map'));
      await page.waitForTimeout(500);
      const programs = () => site.requests.filter(({ path }) => /\.wasm$|map\.json$/.test(path)).length;
      assert.equal(programs(), 0, 'nothing is fetched');
      const away = (distance) => page.evaluate((room) => document.querySelector('#room').setAttribute('height', room), height + distance);
      await away(Number(pixels) + 100);
      await page.waitForTimeout(500);
      assert.equal(programs(), 0, 'nor a little further away');
      await away(Number(pixels) - 100);
      await page.locator('attention-map [part~="matrix"]').waitFor({ state: 'attached' });
      assert.equal(programs(), 2, 'the viewer and the map');
    });
  });
});
