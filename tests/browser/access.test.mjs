// Without a mouse, with a screen reader, and on a telephone.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { serious } from './axe.mjs';
import { CASES, FIRST, MAP, PATIENCE, layout, part, selected, selects, shows, stage, weightOf } from './harness.mjs';

describe('by keyboard alone', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await visit(`${MAP}#layer=0&head=0`, { viewport: { width: 1280, height: 900 } });
    await shows(page, FIRST);
  }, { timeout: PATIENCE });

  test('every control is reached, in the order of the page, and shows that it is', { timeout: PATIENCE }, async () => {
    const controls = await page.evaluate(() => {
      const root = document.querySelector('attention-map').shadowRoot;
      window.controls = [...root.querySelectorAll('button:enabled, textarea, select, input, [tabindex="0"]')].filter(
        // Of a group of radio buttons, Tab reaches the chosen one.
        (control) => control.checkVisibility() && (control.type !== 'radio' || control.checked),
      );
      return window.controls.map((control) => control.getAttribute('part') ?? control.textContent);
    });
    assert.ok(controls.length > 15, `only ${controls}`);
    const reached = [];
    for (let press = 0; press < controls.length; press++) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate(() => {
        const focused = document.querySelector('attention-map').shadowRoot.activeElement;
        if (!focused) return null;
        const seen = [focused, focused.nextElementSibling, focused.parentElement].filter(Boolean).map((element) => getComputedStyle(element));
        const marked = seen.some(({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1);
        return [window.controls.indexOf(focused), marked];
      }));
    }
    assert.deepEqual(reached, controls.map((_, index) => [index, true]));
  });

  test('the arrow keys choose a head in the grid', { timeout: PATIENCE }, async () => {
    await part(page, 'grid').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowUp', 'End', 'ArrowLeft']) await page.keyboard.press(key);
    await selects(page, { layer: 1, head: 10 });
    for (const key of ['ArrowUp', 'ArrowUp', 'Home', 'ArrowLeft']) await page.keyboard.press(key);
    await selects(page, { layer: 0, head: 0 });
  });

  test('the arrow keys walk over the large map and read its weights', { timeout: PATIENCE }, async () => {
    await part(page, 'matrix').focus();
    for (const key of ['Escape', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowUp']) await page.keyboard.press(key);
    const weight = page.locator('attention-map [part~="weight"][data-query="1"][data-key="2"]');
    const shown = Number(await weight.getAttribute('data-weight'));
    const expected = await weightOf(page, 1, 2);
    assert.ok(Math.abs(shown - expected) < 1e-6, `${shown} for ${expected}`);
    await page.keyboard.press('Escape');
    await weight.waitFor({ state: 'detached' });
  });

  test('the arrow keys walk along the tokens', { timeout: PATIENCE }, async () => {
    await part(page, 'token').first().focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft', 'End']) await page.keyboard.press(key);
    const focused = () => page.evaluate(() => document.querySelector('attention-map').shadowRoot.activeElement.dataset.index);
    assert.equal(await focused(), '15');
    await page.keyboard.press('Home');
    assert.equal(await focused(), '0');
    page.assertClean();
  });
});

describe('axe-core finds nothing serious', () => {
  const { visit } = stage();
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 360]) {
      test(`${colorScheme}, ${width} pixels wide, in every view and in the list of keys`, { timeout: PATIENCE }, async () => {
        const page = await visit(undefined, { viewport: { width, height: 800 }, colorScheme });
        await shows(page, FIRST);
        const views = await page.evaluate(() =>
          [...document.querySelector('attention-map').shadowRoot.querySelectorAll('[part^="view-"]')].map((button) => button.getAttribute('part').slice(5)),
        );
        assert.ok(views.length >= 7);
        // A word is chosen, a head beside the selected one, and what the heads do is marked.
        await part(page, 'token').nth(2).click();
        await part(page, 'habits').selectOption('marked');
        for (const view of views) {
          await page.evaluate((view) => document.querySelector('attention-map').setAttribute('view', view), view);
          await part(page, `view-${view}`).and(page.locator('[aria-pressed="true"]')).waitFor();
          assert.deepEqual(await serious(page), [], view);
        }
        await part(page, 'keys').click();
        await page.locator('attention-map [part="key-list"][open]').waitFor();
        assert.deepEqual(await serious(page), [], 'the list of keys');
        page.assertClean();
      });
    }
  }

  test('and would find a button without a name, and words too pale to read', { timeout: PATIENCE }, async () => {
    const page = await visit(undefined, { viewport: { width: 1280, height: 800 } });
    await shows(page, FIRST);
    await page.evaluate(() => {
      const root = document.querySelector('attention-map').shadowRoot;
      root.querySelector('[part="head-next"]').removeAttribute('aria-label');
      const line = Object.assign(document.createElement('p'), { textContent: 'pale' });
      line.style.color = '#ccc';
      root.querySelector('.root').append(line);
    });
    assert.deepEqual((await serious(page)).map(([id]) => id), ['button-name', 'color-contrast']);
  });
});

describe('on a telephone, 360 pixels wide', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await visit(undefined, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
    await shows(page, FIRST);
  }, { timeout: PATIENCE });

  const TEXTS = [
    ['a sentence', FIRST],
    ['a word without end', 'w'.repeat(300)],
    ...['long-word', 'cjk', 'rtl', 'tokens-128', 'tokens-513-and-more'].map((id) => [id, CASES.find((entry) => entry.id === id).text]),
    ['nothing', ''],
  ];
  for (const [name, text] of TEXTS) {
    test(`nothing scrolls sideways: ${name}`, { timeout: PATIENCE }, async () => {
      await part(page, 'text').fill(text);
      await (text ? shows(page, text) : part(page, 'invitation').waitFor());
      // Sizes settle in the frames after the text.
      await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(painted)))));
      assert.deepEqual(await page.evaluate(tooWide), []);
      if (!text) return;
      // Pieces that begin a row of the text do not stand out of it.
      const outside = await part(page, 'tokens').evaluate((list) => {
        const { left, right } = list.getBoundingClientRect();
        return [...list.querySelectorAll('[part~="token"]')].map((chip) => chip.getBoundingClientRect())
          .filter((chip) => chip.left < left + 4 - 0.1 || chip.right > right - 4 + 0.1).length;
      });
      assert.equal(outside, 0);
    });
  }

  test('the check finds what is too wide', { timeout: PATIENCE }, async () => {
    await page.evaluate(() => {
      document.querySelector('attention-map').style.minWidth = '400px';
    });
    assert.notDeepEqual(await page.evaluate(tooWide), []);
    await page.evaluate(() => document.querySelector('attention-map').removeAttribute('style'));
    assert.deepEqual(await page.evaluate(tooWide), []);
  });

  test('the large view comes before the small ones, and the filters are out of its way until they are opened', { timeout: PATIENCE }, async () => {
    await part(page, 'text').fill(FIRST);
    await shows(page, FIRST);
    const top = (name) => part(page, name).evaluate((element) => element.getBoundingClientRect().top + scrollY);
    const [matrix, legend, grid] = [await top('matrix'), await top('legend'), await top('grid')];
    assert.ok(matrix < legend && legend < grid, `${matrix}, ${legend}, ${grid}`);
    // It was at 1,150 where all heads came first.
    assert.ok(matrix < 960, `the large view begins at ${matrix}`);
    const filters = ['special', 'punctuation', 'words', 'threshold'];
    const shown = () => Promise.all(filters.map((name) => part(page, name).isVisible()));
    assert.deepEqual(await shown(), filters.map(() => false));
    assert.ok(await part(page, 'lens').isVisible());
    await part(page, 'filters').tap();
    assert.deepEqual(await shown(), filters.map(() => true));
    await part(page, 'special').selectOption('hide');
    await part(page, 'filters').getByText('Filters (1)').waitFor();
    await part(page, 'special').selectOption('show');
    assert.equal(await part(page, 'filters').textContent(), 'Filters');
    // They stand between it and the lens in the order of keys, too.
    await part(page, 'filters').focus();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.querySelector('attention-map').shadowRoot.activeElement.part.value), 'special');
    await part(page, 'filters').tap();
    assert.deepEqual(await shown(), filters.map(() => false));
  });

  test('a tap on a cell reads its weight, a second one lets it go', { timeout: PATIENCE }, async () => {
    await part(page, 'text').fill(FIRST);
    await shows(page, FIRST);
    const canvas = part(page, 'matrix');
    const [x, y, cell] = await layout(canvas, 'origin-x', 'origin-y', 'cell');
    const position = { x: x + 4.5 * cell, y: y + 2.5 * cell };
    await canvas.tap({ position });
    await page.locator('attention-map [part~="weight"][data-query="2"][data-key="4"]').waitFor();
    await canvas.tap({ position });
    await part(page, 'weight').waitFor({ state: 'detached' });
  });

  test('a tap on a thumbnail selects it', { timeout: PATIENCE }, async () => {
    const canvas = part(page, 'grid');
    const [x, y, side, pitch] = await layout(canvas, 'origin-x', 'origin-y', 'side', 'pitch');
    await canvas.tap({ position: { x: x + 7 * pitch + side / 2, y: y + 2 * pitch + side / 2 } });
    await selects(page, { layer: 2, head: 7 });
    assert.deepEqual(await selected(page), { layer: 2, head: 7 });
    page.assertClean();
  });
});

/** In the page: what reaches past the right edge, if the page can be scrolled there. */
function tooWide() {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  const all = [...document.querySelectorAll('*'), ...document.querySelector('attention-map').shadowRoot.querySelectorAll('*')];
  return all
    .filter((element) => element.getBoundingClientRect().right > page.clientWidth + 0.5)
    .map((element) => `${element.localName} ${element.getAttribute('part') ?? element.className}`);
}
