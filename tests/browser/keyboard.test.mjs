// One key for each thing, the list of them, and what is said of the selected map.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { CASES, FIRST, MAP, PATIENCE, layout, part, selects, shows, stage } from './harness.mjs';

const LONG = CASES.find(({ id }) => id === 'tokens-128').text;

/** Of the element in the page: what has the focus, and whether it is inside of `selector`. */
const focused = (page, selector = '*') =>
  page.evaluate((selector) => {
    const at = document.querySelector('attention-map').shadowRoot.activeElement;
    return at && [at.getAttribute('part') ?? at.localName, Boolean(at.closest(selector))];
  }, selector);

describe('keys', () => {
  const { visit } = stage();
  let page;

  const shown = (id) => part(page, `view-${id}`).and(page.locator('[aria-pressed="true"]')).waitFor();
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };

  before(async () => {
    page = await visit(`${MAP}#layer=0&head=0`, { viewport: { width: 1280, height: 900 } });
    await shows(page, FIRST);
  }, { timeout: PATIENCE });

  test('each view has one, which the list and its button name, and the focus stays where keys are heard', { timeout: PATIENCE }, async () => {
    const views = await page.evaluate(() =>
      [...document.querySelector('attention-map').shadowRoot.querySelectorAll('[part^="view-"]')].map((button) => ({
        id: button.getAttribute('part').slice('view-'.length),
        key: button.title.slice(-1),
        name: button.textContent,
      })),
    );
    assert.ok(views.length >= 7);
    assert.equal(new Set(views.map(({ key }) => key)).size, views.length);
    const list = await page.locator('attention-map [part="key-list"]').evaluate((list) =>
      Object.fromEntries([...list.querySelectorAll('dl > div')].map((row) => [row.children[0].textContent, row.children[1].textContent])),
    );
    await part(page, 'matrix').focus();
    for (const { id, key, name } of [...views, ...views.toReversed()]) {
      await press(key);
      await shown(id);
      assert.equal(list[key], name);
      await page.waitForFunction(() => document.querySelector('attention-map').shadowRoot.activeElement);
    }
    await press('m');
    await shown('matrix');
    assert.deepEqual(await focused(page, '.canvases'), ['matrix', true]);
  });

  test('layers and heads go up and down, and stop at the ends', { timeout: PATIENCE }, async () => {
    await part(page, 'matrix').focus();
    await press('j', 'j', '.', '.', '.', 'k', ',');
    await selects(page, { layer: 1, head: 2 });
    await press('k', 'k', ',', ',', ',');
    await selects(page, { layer: 0, head: 0 });
    await press(...Array(8).fill('j'), ...Array(14).fill('.'));
    await selects(page, { layer: 5, head: 11 });
    await press(...Array(8).fill('k'), ...Array(14).fill(','));
    await selects(page, { layer: 0, head: 0 });
  });

  test('what is typed, or pressed with a key held, or on the page around, is left alone', { timeout: PATIENCE }, async () => {
    const text = part(page, 'text');
    await text.focus();
    await press('End', ' ', 'j', '?', 'b');
    assert.equal(await text.inputValue(), `${FIRST} j?b`);
    await text.fill(FIRST);
    await part(page, 'lens').focus();
    await press('j');
    await part(page, 'matrix').focus();
    await press('Control+j', 'Alt+j', 'Meta+j', 'Shift+KeyJ');
    await page.evaluate(() => document.querySelector('attention-map').shadowRoot.activeElement.blur());
    await press('j', 'b', '?');
    await shows(page, FIRST);
    await selects(page, { layer: 0, head: 0 });
    await shown('matrix');
    assert.equal(await page.locator('attention-map [part="key-list"][open]').count(), 0);
    // It was no accident: the same key on the canvas does something.
    await part(page, 'matrix').focus();
    await press('j');
    await selects(page, { layer: 1, head: 0 });
    await press('k');
    await selects(page, { layer: 0, head: 0 });
  });

  test('Escape lets go from wherever the focus is', { timeout: PATIENCE }, async () => {
    await part(page, 'matrix').focus();
    await press('ArrowDown', 'ArrowDown');
    await part(page, 'weight').waitFor();
    await part(page, 'head-next').focus();
    await press('Escape');
    await part(page, 'weight').waitFor({ state: 'detached' });
  });

  test('the space bar chooses the row’s word beside others', { timeout: PATIENCE }, async () => {
    const chosen = () => page.locator('attention-map [part~="token"].chosen').evaluateAll((chips) => chips.map((chip) => chip.dataset.index));
    await part(page, 'matrix').focus();
    const marks = (indices) => page.waitForFunction((wanted) => {
      const chips = document.querySelector('attention-map').shadowRoot.querySelectorAll('[part~="token"].chosen');
      return [...chips].map((chip) => chip.dataset.index).join() === wanted;
    }, indices.join());
    await press('ArrowDown', 'ArrowDown', 'ArrowDown', ' ');
    await marks([2]);
    await part(page, 'token').nth(4).focus();
    await press(' ');
    await marks([2, 4]).catch(async () => assert.deepEqual(await chosen(), ['2', '4']));
    await press('Escape');
    await marks([]);
  });

  test('? opens the list of keys, which keeps the focus, closes by Escape and gives the focus back', { timeout: PATIENCE }, async () => {
    const list = page.locator('attention-map [part="key-list"][open]');
    await part(page, 'head-next').focus();
    await press('?');
    await list.waitFor();
    for (let tab = 0; tab < 6; tab++) {
      const at = await focused(page, 'dialog');
      // From its last control, Tab leads to the browser's own and back; nothing beneath it is reached.
      assert.ok(at === null || at[1], `${at}`);
      await press('Tab');
    }
    await press('j', 'b', '?');
    await press('Escape');
    await list.waitFor({ state: 'detached' });
    await selects(page, { layer: 0, head: 0 });
    await shown('matrix');
    assert.deepEqual((await focused(page))[0], 'head-next');

    await part(page, 'keys').focus();
    await press('Enter');
    await list.waitFor();
    await part(page, 'key-list-close').click();
    await list.waitFor({ state: 'detached' });
    assert.deepEqual((await focused(page))[0], 'keys');
    page.assertClean();
  });

  test('+, − and 0 zoom, about the chosen cell, which arrow keys do not lose', { timeout: PATIENCE }, async () => {
    await part(page, 'text').fill(LONG);
    await shows(page, LONG);
    const canvas = part(page, 'matrix');
    await canvas.focus();
    const zoomed = (zoom) => page.waitForFunction(
      (zoom) => Number(document.querySelector('attention-map').shadowRoot.querySelector('[part="matrix"]').dataset.zoom) === zoom, zoom);
    /** Whether a cell lies in the frame, whole. */
    const sees = async (query, key) => {
      const [x, y, cell, left, top, width, height] = await layout(
        canvas, 'origin-x', 'origin-y', 'cell', 'frame-x', 'frame-y', 'frame-width', 'frame-height');
      const inside = (from, start, length) => from >= start - 0.5 && from + cell <= start + length + 0.5;
      return inside(x + key * cell, left, width) && inside(y + query * cell, top, height);
    };
    await press('Escape', 'ArrowDown', 'End', 'PageDown');
    await press('+', '+', '=');
    await zoomed(1.5 ** 3);
    assert.ok(await sees(127, 127));
    assert.ok(!(await sees(0, 127)));
    await press('PageUp');
    await page.locator('attention-map [part~="weight"][data-query="0"]').waitFor();
    await page.waitForFunction(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(() => painted(true)))));
    assert.ok(await sees(0, 127));
    assert.ok(!(await sees(127, 127)));
    await press('-');
    await zoomed(1.5 ** 2);
    await press('0');
    await zoomed(1);
    await press('-');
    await zoomed(1);
    page.assertClean();
  });
});

describe('the summary', () => {
  const { visit } = stage();

  test('names what the selected map mostly is, by the trace’s own numbers, and then says it', { timeout: PATIENCE }, async () => {
    const page = await visit(`${MAP}#layer=0&head=0`, { viewport: { width: 1280, height: 900 } });
    await shows(page, FIRST);
    const seen = new Set();
    for (let layer = 0; layer < 6; layer++) {
      for (let head = 0; head < 12; head += 2) {
        await page.evaluate(([layer, head]) => Object.assign(document.querySelector('attention-map'), { layer, head }), [layer, head]);
        await selects(page, { layer, head });
        const { name, share, bits } = await page.evaluate(measured, [layer, head]);
        const habit = share > 0.4 ? `mostly ${name}, ${(100 * share).toFixed(1)} %` : `spread over many tokens (entropy ${bits.toFixed(2)} bits)`;
        seen.add(share > 0.4 ? name : 'spread');
        const text = await part(page, 'summary').evaluate((line) => line.firstChild.textContent);
        // The last figure may be rounded the other way.
        const figure = /\d+\.\d+/;
        assert.equal(text.replace(figure, '#'), `Layer ${layer} head ${head}: ${habit}.`.replace(figure, '#'));
        assert.ok(Math.abs(text.match(figure)[0] - habit.match(figure)[0]) < 0.11, `${text} for ${habit}`);
      }
    }
    assert.ok(seen.size >= 3, [...seen].join());
    const said = await part(page, 'summary').evaluate((line) => line.firstChild.textContent);
    await part(page, 'summary').locator('[role="status"]').getByText(said, { exact: true }).waitFor();
    // Of numbers that are no shares nothing is said.
    await page.evaluate(() => document.querySelector('attention-map').setAttribute('lens', 'received'));
    await page.waitForFunction(() => document.querySelector('attention-map').shadowRoot.querySelector('[part="summary"]').textContent === '');
    page.assertClean();
  });
});

/** In the page: the largest of the shares of a head, in the mean over the typed tokens that have such a key; and the mean entropy. */
function measured([layer, head]) {
  const [map] = window.trace.maps;
  const { queries, keys, weights, heads } = map;
  const special = (token) => token.special;
  const kinds = {
    'the previous token': (query, key) => key === query - 1 && !special(keys[key]),
    'the next token': (query, key) => key === query + 1 && !special(keys[key]),
    'the token itself': (query, key) => key === query,
    '[CLS]': (_, key) => special(keys[key]) && keys[key].text === '[CLS]',
    '[SEP]': (_, key) => special(keys[key]) && keys[key].text === '[SEP]',
    punctuation: (_, key) => /^\p{P}+$/u.test(keys[key].text) && !special(keys[key]),
  };
  const weight = (query, key) => weights[((layer * heads + head) * queries.length + query) * keys.length + key];
  const rows = queries.map((_, query) => query).filter((query) => !special(queries[query]));
  const columns = keys.map((_, key) => key);
  const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / (numbers.length || 1);
  const shares = Object.entries(kinds).map(([name, is]) => {
    const given = rows.map((query) => columns.filter((key) => is(query, key)).map((key) => weight(query, key)));
    return { name, share: mean(given.filter((row) => row.length).map((row) => row.reduce((sum, one) => sum + one))) };
  });
  const entropy = (query) => -columns.map((key) => weight(query, key)).reduce((sum, share) => sum + (share && share * Math.log2(share)), 0);
  return { ...shares.sort((one, other) => other.share - one.share)[0], bits: mean(rows.map(entropy)) };
}
