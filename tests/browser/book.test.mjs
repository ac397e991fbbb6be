// The book as it is built into the site: its chapters, and the maps that mdbook-attention-map put into them.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { required } from './chromium.mjs';
import { MAP, PATIENCE, open, stage } from './harness.mjs';

const BOOK = `${MAP}book/`;
const ARTEFACTS = fileURLToPath(new URL('artefacts/', import.meta.url));
// mdBook's own pages: the whole book on one, what a server shows for a page that isn't there, and the contents for a frame.
const NO_CHAPTER = ['print.html', '404.html', 'toc.html'];

const FOLDER = join(required('ATTENTION_MAP_DIST'), 'book');
const CHAPTERS = readdirSync(FOLDER, { recursive: true })
  .map((name) => name.split('\\').join('/'))
  .filter((name) => name.endsWith('.html') && !NO_CHAPTER.includes(name))
  .sort();

describe('the book', () => {
  const host = stage();
  /** What is at each address that chapters lead to, without its anchor: see `placesOf`. Most of it is in every contents. */
  const places = new Map();
  before(() => mkdirSync(ARTEFACTS, { recursive: true }));

  /** Opens a page of the book; `page.complaints` also holds what its console says. */
  async function visit(name, options) {
    const context = await host.browser.newContext(options);
    const complaints = [];
    context.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
    });
    const asked = host.site.requests.length;
    const page = await open(context, host.site, `${BOOK}${name}`);
    page.complaints = complaints;
    page.requests = () => host.site.requests.slice(asked);
    return page;
  }

  test('has chapters', () => assert.ok(CHAPTERS.length > 15, `${CHAPTERS}`));

  for (const name of CHAPTERS) {
    test(`${name}: has a title, its maps are painted without a model, nothing fails, no link is broken, it fits 360 pixels`, { timeout: PATIENCE }, async () => {
      const page = await visit(name, { viewport: { width: 1280, height: 900 } });
      assert.equal(await page.locator('#mdbook-content h1').count(), 1);
      await paint(page);
      assert.deepEqual(page.complaints, []);
      page.assertClean();
      const failed = page.requests().filter(({ status }) => status >= 400);
      assert.deepEqual(failed, []);
      const heavy = page.requests().filter(({ path }) => /\/models\/|engine-worker|_bg\.wasm/.test(path) && !path.endsWith('/viewer_bg.wasm'));
      assert.deepEqual(heavy, []);
      await page.screenshot({ path: `${ARTEFACTS}book-${name.replaceAll('/', '-')}.png`, fullPage: true });
      assert.deepEqual(await broken(page, host.site.origin, places), []);

      await page.context().close();

      // Opened there: mdBook's contents are open or closed by the width that a page begins with.
      const phone = await visit(name, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
      await paint(phone);
      // The page scrolls, or mdBook's own frame for the chapter does.
      const wide = await phone.evaluate(() => [...document.querySelectorAll('html, body, .page-wrapper, .page, .content, main')]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map(({ tagName, className, scrollWidth, clientWidth }) => [tagName, className, scrollWidth, clientWidth]));
      assert.deepEqual(wide, []);
      await phone.screenshot({ path: `${ARTEFACTS}book-360-${name.replaceAll('/', '-')}.png`, fullPage: true });
      await phone.context().close();
    });
  }

  test('names tests that there are, for each complaint about other tools', () => {
    const here = fileURLToPath(new URL('.', import.meta.url));
    const chapter = readFileSync(`${here}../../docs/src/reference/other-tools.md`, 'utf8');
    const rows = [...chapter.matchAll(/^\| .* \| .* \| `(\w+)`: (.*) \|$/gm)];
    assert.equal(rows.length, 22);
    for (const [, file, name] of rows) {
      const tests = readFileSync(`${here}${file}.test.mjs`, 'utf8').match(/^ *test\(.*$/gm);
      assert.ok(tests.some((test) => test.includes(name)), `${file}: ${name}`);
    }
  });

  test('without JavaScript every map is a picture with a description', { timeout: PATIENCE }, async () => {
    const page = await visit('heads.html', { javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
    const pictures = page.locator('figure.attention-map img');
    const maps = await page.locator('figure.attention-map').count();
    assert.ok(maps >= 5, `${maps} maps`);
    assert.equal(await pictures.count(), maps);
    for (let index = 0; index < maps; index++) {
      const picture = pictures.nth(index);
      await picture.scrollIntoViewIfNeeded();
      const { width, height } = await picture.boundingBox();
      // An image that is not there is as large as its description, or a mark of 16 pixels.
      assert.ok(width > 200 && height > 150, `${width} by ${height}`);
      assert.match(await picture.getAttribute('alt'), /\w+ \w+/);
    }
    const failed = page.requests().filter(({ status }) => status >= 400);
    assert.deepEqual(failed, []);
    await page.context().close();
  });

  test('maps follow the theme that a reader picks', { timeout: PATIENCE }, async () => {
    const page = await visit('heads.html', { colorScheme: 'light', viewport: { width: 1280, height: 900 } });
    await paint(page);
    assert.deepEqual(new Set(await grounds(page)), new Set(['light']));
    for (const [theme, ground] of [['coal', 'dark'], ['rust', 'light'], ['navy', 'dark'], ['ayu', 'dark'], ['light', 'light']]) {
      // It stays open after a choice.
      if (!await page.locator('#mdbook-theme-list').isVisible()) await page.locator('#mdbook-theme-toggle').click();
      await page.locator(`#mdbook-theme-${theme}`).click();
      await page.waitForFunction((theme) => document.documentElement.classList.contains(theme), theme);
      await paint(page);
      assert.deepEqual(new Set(await grounds(page)), new Set([ground]), theme);
      await page.screenshot({ path: `${ARTEFACTS}book-theme-${theme}.png` });
    }
    await page.context().close();
  });

  test('a reader whose system is dark gets dark maps in a dark book', { timeout: PATIENCE }, async () => {
    const page = await visit('index.html', { colorScheme: 'dark' });
    await paint(page);
    assert.deepEqual(await grounds(page), ['dark']);
    await page.context().close();
  });

  for (const name of ['heads.html', 'embed/mdbook.html', 'print.html']) {
    test(`${name}: on paper there are the light pictures, and no buttons`, { timeout: PATIENCE }, async () => {
      // mdBook's page of the whole book opens the browser's own window to print.
      const page = await visit(name, { colorScheme: 'dark', viewport: { width: 900, height: 1200 } });
      if (name !== 'print.html') await paint(page);
      await page.emulateMedia({ media: 'print' });
      await page.waitForLoadState('networkidle');
      const shown = await page.evaluate(() => [...document.querySelectorAll('figure.attention-map')].map((figure) => {
        const seen = [...figure.querySelectorAll('img')].filter((image) => image.checkVisibility());
        const element = figure.querySelector('attention-map');
        return {
          pictures: seen.filter((image) => image.complete && image.naturalWidth > 100).length,
          element: Boolean(element?.checkVisibility()),
        };
      }));
      assert.ok(shown.length > 0);
      for (const figure of shown) assert.deepEqual(figure, { pictures: 1, element: false });
      const [red, green, blue] = await page.evaluate(firstPixel);
      assert.ok(red > 240 && green > 240 && blue > 240, `${red} ${green} ${blue}`);
      assert.deepEqual(page.complaints, []);
      assert.deepEqual(page.requests().filter(({ status }) => status >= 400), []);
      await page.screenshot({ path: `${ARTEFACTS}book-on-paper-${name.replaceAll('/', '-')}.png` });
      await page.context().close();
    });
  }

  test('the keyboard reaches a map, and the arrow keys read its numbers', { timeout: PATIENCE }, async () => {
    const page = await visit('index.html', { viewport: { width: 1280, height: 900 } });
    await paint(page);
    const canvas = page.locator('attention-map [part~="matrix"]');
    await canvas.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    const weight = page.locator('attention-map [part~="weight"]');
    await weight.first().waitFor();
    assert.ok(Number(await weight.first().getAttribute('data-weight')) >= 0);
    // mdBook turns the page at arrow keys; a map's are its own.
    assert.ok(page.url().endsWith('index.html'), page.url());
    await page.context().close();
  });
});

/** Scrolls to each map and waits until it's painted. */
async function paint(page) {
  const maps = page.locator('attention-map');
  for (let index = 0, count = await maps.count(); index < count; index++) {
    const map = maps.nth(index);
    await map.scrollIntoViewIfNeeded();
    const ready = await map.evaluate(async (element, patience) => {
      await customElements.whenDefined('attention-map');
      // It stays open where a map cannot be read.
      await Promise.race([element.ready, new Promise((late) => setTimeout(late, patience))]);
      const look = () => {
        if (element.shadowRoot.querySelector('table')) return 'table';
        const canvas = [...element.shadowRoot.querySelectorAll('canvas')].sort((one, other) => other.width - one.width)[0];
        if (!canvas?.width) return 'no canvas';
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size > 20 ? 'painted' : 'blank';
      };
      const begun = performance.now();
      while (!['painted', 'table'].includes(look()) && performance.now() - begun < patience) {
        await new Promise(requestAnimationFrame);
      }
      return look();
    }, PATIENCE / 12);
    assert.ok(['painted', 'table'].includes(ready), `map ${index}: ${ready}`);
  }
}

/** Of each map, whether its ground is light or dark. */
function grounds(page) {
  return page.locator('attention-map').evaluateAll((elements) => elements.map((element) => {
    const root = element.shadowRoot.querySelector('[part~="root"]');
    const [red, green, blue] = getComputedStyle(root).backgroundColor.match(/[\d.]+/g).map(Number);
    return (red + green + blue) / 3 < 128 ? 'dark' : 'light';
  }));
}

/** The pixel in the corner of the first picture that is seen. */
function firstPixel() {
  const image = [...document.querySelectorAll('figure.attention-map img')].find((image) => image.checkVisibility());
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  return [...context.getImageData(2, 2, 1, 1).data];
}

/** Links, images and the like that lead nowhere on this server, and anchors that aren't there. What is looked up is kept in `places`. */
async function broken(page, origin, places) {
  const all = await page.evaluate(() => [...document.querySelectorAll('[href], [src]')].map((element) => element.href ?? element.src));
  const urls = [...new Set(all)].filter((address) => typeof address === 'string' && address.startsWith(origin)).map((address) => new URL(address));
  const bare = ({ href, hash }) => href.slice(0, href.length - hash.length);
  const unknown = new Set(urls.map(bare).filter((address) => !places.has(address)));
  for (const [address, place] of await page.evaluate(placesOf, [...unknown])) places.set(address, place);
  return urls.flatMap((url) => {
    const { status, anchors } = places.get(bare(url));
    if (status !== 200) return [`${url}: ${status}`];
    return url.hash && anchors && !anchors.includes(decodeURIComponent(url.hash.slice(1))) ? [`${url}: no such place`] : [];
  });
}

/** In the page: of each address the status, and of a page of the book what an anchor can name. */
function placesOf(addresses) {
  return Promise.all(addresses.map(async (address) => {
    const response = await fetch(address);
    const isPage = response.headers.get('content-type').startsWith('text/html') && new URL(address).pathname.includes('/book/');
    if (!isPage) return [address, { status: response.status, anchors: null }];
    const there = new DOMParser().parseFromString(await response.text(), 'text/html');
    return [address, { status: response.status, anchors: [...there.querySelectorAll('[id]')].map(({ id }) => id) }];
  }));
}
