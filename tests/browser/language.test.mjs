// The interface in another language: which one, and that all of it is.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { FIRST, MAP, PATIENCE, part, selected, shows, stage } from './harness.mjs';

const ARTEFACTS = fileURLToPath(new URL('artefacts/', import.meta.url));
const VIEWS = ['grid', 'matrix', 'lines', 'text', 'layers', 'neuron', 'table'];

/** The button of a language. */
const button = (page, id) => part(page, `language-${id}`);

/** Waits until the page speaks Chinese, or does not. */
const speaks = (page, name) => page.getByRole('button', { name, exact: true }).waitFor();

/**
 * Run in the page: every text and label of the element and around it with three or more Latin words in a row. Left out are
 * what the reader wrote or the model made of it, papers, names of models and machines, and messages of the engine.
 */
function english() {
  const spared = 'textarea, option, .chips [title], bdi, cite, dt, [lang="en"], [part~="token"], [part~="status"], [part~="lens-note"] cite, .excerpt';
  const found = [];
  const look = (text, where) => {
    if (/[A-Za-z]{2,}(?:['’]\w+)?(?:[\s,]+[A-Za-z]{2,}(?:['’]\w+)?){2,}/.test(text ?? '')) found.push(`${where}: ${text.trim()}`);
  };
  const walk = (node) => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) look(child.data, node.localName ?? 'root');
      else if (child.nodeType === Node.ELEMENT_NODE) {
        if (child.matches('style, script') || child.matches(spared)) continue;
        for (const name of ['aria-label', 'aria-roledescription', 'aria-valuetext', 'title', 'placeholder']) look(child.getAttribute(name), name);
        if (child.shadowRoot) walk(child.shadowRoot);
        else if (child.localName !== 'attention-map') walk(child);
      }
    }
  };
  walk(document.body);
  return found;
}

describe('in a browser set to Chinese', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await visit(MAP, { locale: 'zh-CN', viewport: { width: 1280, height: 900 } });
    await shows(page, FIRST);
  }, { timeout: PATIENCE });

  test('the page speaks Chinese at once, with what stands around the element', { timeout: PATIENCE }, async () => {
    await speaks(page, '矩阵');
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-Hans');
    assert.equal(await page.locator('h1').textContent(), '注意力图');
    assert.equal(await page.title(), '注意力图');
    assert.equal(await button(page, 'zh-Hans').getAttribute('aria-pressed'), 'true');
  });

  test('no English sentence is left, in any view, lens or state', { timeout: PATIENCE }, async () => {
    mkdirSync(ARTEFACTS, { recursive: true });
    for (const view of VIEWS) {
      await part(page, `view-${view}`).click();
      await page.waitForTimeout(300);
      assert.deepEqual(await page.evaluate(english), [], view);
      await page.screenshot({ path: `${ARTEFACTS}chinese-${view}-1280.png`, fullPage: true });
    }
    await part(page, 'view-matrix').click();
    for (const lens of ['mean', 'max', 'norm', 'value-zeroing', 'rollout', 'received', 'weight']) {
      await part(page, 'lens').selectOption(lens);
      await page.waitForTimeout(300);
      assert.deepEqual(await page.evaluate(english), [], lens);
    }
    await part(page, 'special').selectOption('renormalise');
    await part(page, 'scale-log').check();
    await part(page, 'habits').selectOption('previous');
    await part(page, 'pair').click();
    assert.deepEqual(await page.evaluate(english), []);
    await page.evaluate(() => document.querySelector('attention-map').setAttribute('layer', '77'));
    await page.locator('attention-map [part~="notice"]').getByText('不是 0 到 5 的整数').waitFor();
    assert.deepEqual(await page.evaluate(english), []);
  });

  test('a word that is pointed at is spoken of in Chinese', { timeout: PATIENCE }, async () => {
    await part(page, 'token').nth(2).hover();
    await part(page, 'readout').getByText('最关注').first().waitFor();
  });
});

describe('the switch', () => {
  const { visit } = stage();

  test('changes the words and nothing else, both ways', { timeout: PATIENCE }, async () => {
    const page = await visit(`${MAP}#text=Birds+sing&layer=2&head=5&view=lines&lens=mean`, { locale: 'en-GB', viewport: { width: 360, height: 800 } });
    await shows(page, 'Birds sing');
    const weights = () => page.evaluate(() => [...window.trace.maps[0].weights.slice(0, 200)]);
    const before = await weights();
    const kept = async () => {
      assert.deepEqual(await selected(page), { layer: 2, head: 5 });
      assert.equal(await part(page, 'text').inputValue(), 'Birds sing');
      assert.equal(await part(page, 'view-lines').getAttribute('aria-pressed'), 'true');
      assert.equal(await part(page, 'lens').inputValue(), 'mean');
      assert.deepEqual(await weights(), before);
      assert.match(await page.evaluate(() => location.hash), /view=lines/);
    };
    await speaks(page, 'Lines');
    // What the search for English finds where all is English.
    assert.ok((await page.evaluate(english)).length > 8);
    await button(page, 'zh-Hans').click();
    await speaks(page, '连线');
    await kept();
    assert.deepEqual(await page.evaluate(english), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `the page is ${wide} pixels wide`);
    await page.screenshot({ path: `${ARTEFACTS}chinese-360.png`, fullPage: true });
    await page.reload();
    await shows(page, 'Birds sing');
    await speaks(page, '连线');
    await button(page, 'en').click();
    await speaks(page, 'Lines');
    await kept();
    assert.equal(await page.locator('h1').textContent(), 'Attention Map');
    page.assertClean();
  });

  test('the attribute asks for a language, and the reader has the last word', { timeout: PATIENCE }, async () => {
    const page = await visit(MAP, { locale: 'zh-CN' });
    await shows(page, FIRST);
    await page.evaluate(() => document.querySelector('attention-map').setAttribute('language', 'en'));
    await speaks(page, 'Matrix');
    await button(page, 'zh-Hans').click();
    await speaks(page, '矩阵');
  });

  test('words that cannot be fetched leave the page in English, which says so', { timeout: PATIENCE }, async () => {
    // Which else would fetch them unseen.
    const page = await visit(MAP, { locale: 'en-GB', serviceWorkers: 'block' });
    await shows(page, FIRST);
    await page.route('**/words/*.json', (route) => route.fulfill({ status: 404 }));
    await button(page, 'zh-Hans').click();
    await page.locator('attention-map [data-code="language-missing"]').waitFor();
    await speaks(page, 'Matrix');
    await page.unroute('**/words/*.json');
    await button(page, 'zh-Hans').click();
    await speaks(page, '矩阵');
    assert.equal(await page.locator('attention-map [data-code="language-missing"]').count(), 0);
  });
});
