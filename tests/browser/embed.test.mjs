// embed.html: the element alone in someone else's frame, as docs/src/embed/iframe.md has it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { CARRIED, FRAMED, LONGEST, attributesIn, hashOf } from '../../www/address.js';
import { launch, required } from './chromium.mjs';
import { PATIENCE, open } from './harness.mjs';
import { randomly } from './random.mjs';
import { serve } from './server.mjs';
import { stored } from './stored.mjs';

const DOCUMENTED = readFileSync(new URL('../../docs/src/embed/iframe.md', import.meta.url), 'utf8');
/** The guide's snippets of HTML: the frame, and what gives it its height. */
const [FRAME, LISTENER] = [...DOCUMENTED.matchAll(/```html\n(.*?)```/gs)].map(([, snippet]) => snippet);

const NAMES = [...CARRIED, ...FRAMED, 'made-with'];

describe('embed.html', () => {
  let browser;
  let files;
  let site;
  const mounts = {};
  /** Another site's page, with the guide's frame and listener; `frame` changes the frame. */
  const pageWith = async (frame) => {
    mounts['/page'] = { page: `<!doctype html><html lang="en"><title>Their page</title><link rel="icon" href="data:,"><body>${frame}${LISTENER}</body></html>` };
    const context = await browser.newContext({ viewport: { width: 900, height: 800 } });
    const page = await open(context, site, '/page');
    page.uncaught = [];
    page.on('pageerror', (error) => page.uncaught.push(error.message));
    return page;
  };
  const frameOf = (hash, rest = 'sandbox="allow-scripts"') => FRAME
    .replace(/src="[^"]*"/, `src="${files.origin}/attention-map/embed.html#${hash.replaceAll('&', '&amp;')}"`)
    .replace(/sandbox="[^"]*"/, rest);

  before(async () => {
    files = await serve(
      { '/attention-map/': required('ATTENTION_MAP_DIST'), '/attention-map/map.json': stored },
      { 'access-control-allow-origin': '*' },
    );
    site = await serve(mounts);
    browser = await launch();
  }, { timeout: PATIENCE });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await files?.stop();
  });

  const inside = (page) => page.frameLocator('iframe').locator('attention-map');
  const grown = (page, least) => page.waitForFunction((least) => document.querySelector('iframe').clientHeight > least, least);

  for (const [kind, rest] of [['a sandboxed frame', 'sandbox="allow-scripts"'], ['a frame of its own origin', '']]) {
    test(`shows a stored map in ${kind}, and the frame takes its height`, { timeout: PATIENCE }, async () => {
      const page = await pageWith(frameOf('src=map.json&layer=3&head=1', rest));
      await inside(page).locator('[part~="matrix"]').waitFor();
      await grown(page, 300);
      const [frame, content] = [
        await page.locator('iframe').evaluate((frame) => frame.clientHeight),
        await inside(page).evaluate((element) => ({ height: document.documentElement.scrollHeight, element: element.getBoundingClientRect().height })),
      ];
      assert.ok(Math.abs(frame - content.element) <= 1, `the frame is ${frame} high, its element ${content.element}`);
      assert.ok(content.height <= frame, 'nothing to scroll');
      assert.deepEqual(await inside(page).evaluate(({ layer, head }) => [layer, head]), [3, 1]);
      assert.ok(!files.requests.some(({ path }) => /engine-worker|engine_|models|app/.test(path)), 'no engine, no model');
      await page.context().close();
    });
  }

  test('runs a model in a sandboxed frame, which has no storage', { timeout: PATIENCE }, async () => {
    const page = await pageWith(frameOf('text=It+works.&backend=cpu&layer=1'));
    await inside(page).locator('[part~="matrix"]').waitFor();
    const texts = await inside(page).evaluate(async (element) => [origin, (await element.run('in a sandbox')).texts]);
    assert.deepEqual(texts, ['null', ['in a sandbox']]);
    await grown(page, 600);
    // The text may be edited, and the frame follows what it does to the height.
    const before = await page.locator('iframe').evaluate((frame) => frame.clientHeight);
    await inside(page).evaluate((element) => element.setAttribute('controls', 'none'));
    await page.waitForFunction((before) => document.querySelector('iframe').clientHeight < before, before);
    await page.context().close();
  });

  test('another address changes what it shows', { timeout: PATIENCE }, async () => {
    const page = await pageWith(frameOf('src=map.json&layer=3&head=1'));
    await inside(page).locator('[part~="matrix"]').waitFor();
    await page.locator('iframe').evaluate((frame) => (frame.src = frame.src.replace('head=1', 'head=7&view=lines')));
    await inside(page).locator('[part~="lines"]').waitFor();
    assert.deepEqual(await inside(page).evaluate(({ layer, head }) => [layer, head]), [3, 7]);
    await page.context().close();
  });

  test('the page takes a height only from the frame that it is of', { timeout: PATIENCE }, async () => {
    const page = await pageWith(frameOf('src=map.json&layer=3&head=1'));
    await grown(page, 300);
    const height = () => page.locator('iframe').evaluate((frame) => frame.clientHeight);
    const right = await height();
    await page.evaluate(() => postMessage({ type: 'attention-map:height', height: 77 }, '*'));
    await inside(page).evaluate(() => {
      for (const height of [NaN, '77', null]) parent.postMessage({ type: 'attention-map:height', height }, '*');
      parent.postMessage({ type: 'something else', height: 77 }, '*');
      parent.postMessage(null, '*');
    });
    await page.waitForTimeout(200);
    assert.equal(await height(), right);
    assert.deepEqual(page.uncaught, []);
    await page.context().close();
  });

  test('an address that makes no sense is none of the page\'s troubles', { timeout: PATIENCE }, async () => {
    const page = await pageWith(frameOf('src=map.json&layer=3&head=1'));
    await inside(page).locator('[part~="matrix"]').waitFor();
    const random = randomly(20261128);
    for (let round = 0; round < 150; round++) {
      await inside(page).evaluate((_, hash) => (location.hash = hash), random.hash(NAMES, { src: ['map.json'] }));
      if (round % 10 === 0) await inside(page).evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    }
    // It is still there, and shows what it is asked for.
    await inside(page).evaluate(() => (location.hash = 'src=map.json&layer=2&head=5&view=matrix'));
    await inside(page).locator('[part~="matrix"]').waitFor();
    assert.deepEqual(await inside(page).evaluate(({ layer, head }) => [layer, head]), [2, 5]);
    assert.deepEqual(page.uncaught, []);
    await page.context().close();
  });
});

describe('the reader of addresses', () => {
  test('survives whatever an address holds, and reads back what it wrote', () => {
    const random = randomly(4);
    for (let round = 0; round < 20_000; round++) {
      const hash = random.hash(NAMES);
      const given = attributesIn(hash, NAMES);
      for (const [name, value] of given) {
        assert.ok(NAMES.includes(name));
        assert.equal(typeof value, 'string');
        assert.ok(value.length <= hash.length, 'no longer than the address');
      }
      assert.deepEqual([...attributesIn(hashOf(given), NAMES)], [...given], hash);
    }
  });

  test('reads no address that is too long', () => {
    const [warn, said] = [console.warn, []];
    console.warn = (message) => said.push(message);
    try {
      const text = 'a'.repeat(LONGEST - '#text='.length);
      assert.equal(attributesIn(`#text=${text}`, NAMES).get('text'), text);
      assert.equal(attributesIn(`#text=${text}a`, NAMES).size, 0);
    } finally {
      console.warn = warn;
    }
    assert.match(said.join(), /100000 characters at most; this one, of 100001,/);
  });

  test('takes no name that is not the element\'s', () => {
    assert.deepEqual([...attributesIn('#onclick=alert(1)&__proto__=x&style=y&layer=2&constructor=z', NAMES)], [['layer', '2']]);
  });
});
