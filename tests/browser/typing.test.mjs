// From a keystroke to the map.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { CASES, FIRST, PATIENCE, layout, part, selected, settles, shows, stage, weightOf } from './harness.mjs';

describe('typing', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await visit();
    await shows(page, FIRST);
    await page.evaluate(() => import('/docs/painted.mjs').then((painted) => Object.assign(window, { painted })));
  }, { timeout: PATIENCE });

  test('each pause shows the map of what is typed by then', { timeout: PATIENCE }, async () => {
    await part(page, 'text').fill('');
    const prints = [];
    for (const [keys, text] of [['The cat', 'The cat'], [' sat', 'The cat sat'], [' down', 'The cat sat down']]) {
      await part(page, 'text').pressSequentially(keys);
      await shows(page, text);
      await settles(page, (choice) => window.painted.wrongCells(choice), { ...(await selected(page)), scale: 'unit' });
      prints.push(await page.evaluate(() => [window.painted.fingerprint('matrix'), window.painted.fingerprint('grid')].join()));
    }
    assert.equal(new Set(prints).size, 3, 'the canvases did not change');
    assert.deepEqual(await tokens(page), ['[CLS]', 'the', 'cat', 'sat', 'down', '[SEP]']);
    page.assertClean();
  });

  test('texts overtaken before they begin are skipped, and the newest is shown last', { timeout: PATIENCE }, async () => {
    const { texts, last } = await page.evaluate(async () => {
      const area = document.querySelector('attention-map').shadowRoot.querySelector('[part~="text"]');
      const words = Array.from({ length: 30 }, (_, index) => `word${index}`);
      const last = words.join(' ');
      const before = window.heard.length;
      const done = new Promise((resolve) => {
        addEventListener('attention-map:trace', function listen({ detail }) {
          if (detail.texts[0] !== last) return;
          removeEventListener('attention-map:trace', listen);
          resolve();
        });
      });
      words.forEach((_, index) => {
        area.value = words.slice(0, index + 1).join(' ');
        area.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
      });
      await done;
      const texts = window.heard.slice(before).filter(({ name }) => name === 'trace').map(({ texts }) => texts[0]);
      return { texts, last };
    });
    // One may have begun before the next came.
    assert.ok(texts.length <= 2, `${texts.length} of 30 texts were run`);
    assert.equal(texts.at(-1), last);
    await shows(page, last);
  });

  test('the line of facts says what ran where and for how long', { timeout: PATIENCE }, async () => {
    await part(page, 'text').fill('A short text');
    await shows(page, 'A short text');
    assert.equal(await part(page, 'status').getAttribute('data-backend'), 'cpu');
    assert.equal(await part(page, 'tokens-count').textContent(), '5 tokens');
    assert.match(await part(page, 'milliseconds').textContent(), /^\d+(\.\d)? ms$/);
  });

  test('an example is shown by one click, a pair with both its texts', { timeout: PATIENCE }, async () => {
    await page.getByRole('button', { name: 'A pair', exact: true }).click();
    await shows(page, 'A man is eating food.');
    assert.equal(await part(page, 'text-b').inputValue(), 'A man is eating a piece of bread.');
    const pair = await page.evaluate(() => window.trace.texts);
    assert.deepEqual(pair, ['A man is eating food.', 'A man is eating a piece of bread.']);
    assert.equal(await page.evaluate(() => window.trace.maps[0].queries.at(-1).segment), 1);

    await part(page, 'pair').click();
    await page.waitForFunction(() => window.trace.texts.length === 1);
    assert.equal(await part(page, 'text-b').count(), 0);
  });

  test('text full of markup is shown as text', { timeout: PATIENCE }, async () => {
    const { text } = CASES.find(({ id }) => id === 'markup');
    const hostile = `${text}<img src=x onerror="window.attacked = true">`;
    await part(page, 'text').fill(hostile);
    await shows(page, hostile);
    const chips = await part(page, 'token').evaluateAll((chips) => chips.slice(1, -1).map((chip) => chip.textContent).join(''));
    assert.equal(chips, hostile.replaceAll(' ', ''));
    assert.equal(await page.evaluate(() => window.attacked), undefined);
    assert.equal(await page.locator('attention-map img, attention-map script').count(), 0);
    page.assertClean();
  });

  test('2,000 tokens: the first 510 are read, and the page says that 1,490 were not, and where', { timeout: PATIENCE }, async () => {
    const text = Array(2000).fill('word').join(' ');
    await part(page, 'text').fill(text);
    await shows(page, text);
    assert.deepEqual(await page.evaluate(() => window.trace.cuts), [{ segment: 0, start: 510 * 5 - 1, tokens: 1490 }]);
    assert.match(await part(page, 'notice').and(page.locator('[data-code="cut"]')).textContent(), /512 tokens.*1,490 tokens.*left out/);
    assert.match(await part(page, 'cut').textContent(), /1,490 tokens left out/);
    assert.equal(await part(page, 'tokens-count').textContent(), '512 tokens');

    await part(page, 'text').fill('word word');
    await shows(page, 'word word');
    assert.equal(await part(page, 'cut').count(), 0);
    assert.equal(await page.locator('attention-map [data-code="cut"]').count(), 0);
  });

  test('without text there is an invitation, and no error', { timeout: PATIENCE }, async () => {
    for (const empty of ['', '  \n\t ']) {
      await part(page, 'text').fill(empty);
      await part(page, 'invitation').waitFor();
      assert.match(await part(page, 'invitation').textContent(), /type a sentence/i);
      assert.equal(await part(page, 'token').count(), 0);
      assert.equal(await part(page, 'error').count(), 0);
    }
    await part(page, 'text').fill('Something again');
    await shows(page, 'Something again');
    assert.equal(await part(page, 'invitation').count(), 0);
    assert.equal(await page.evaluate(() => window.heard.filter(({ name }) => name === 'error').length), 0);
    page.assertClean();
  });

  test('the weight under the pointer is that of the trace', { timeout: PATIENCE }, async () => {
    await part(page, 'text').fill(FIRST);
    await shows(page, FIRST);
    const canvas = part(page, 'matrix');
    for (const [query, key] of [[2, 11], [10, 2], [15, 0]]) {
      const [x, y, cell] = await layout(canvas, 'origin-x', 'origin-y', 'cell');
      await canvas.hover({ position: { x: x + (key + 0.5) * cell, y: y + (query + 0.5) * cell } });
      await part(page, 'weight').and(page.locator(`[data-query="${query}"][data-key="${key}"]`)).waitFor();
      const expected = await weightOf(page, query, key);
      const full = Number(await part(page, 'weight').getAttribute('data-weight'));
      assert.ok(Math.abs(full - expected) < 1e-6, `${full} for ${expected}`);
      const shown = await part(page, 'weight').textContent();
      assert.ok(shown === '< 0.001' ? expected < 0.0005 : Math.abs(Number(shown) - expected) <= 0.0005, `${shown} for ${expected}`);
    }
  });
});

function tokens(page) {
  return part(page, 'token').evaluateAll((chips) => chips.map((chip) => chip.dataset.piece));
}
