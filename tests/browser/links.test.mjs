// What a link carries of the explorer, and what opening it restores.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { calm, explore, partOf, run, tableOf } from './explorer.mjs';
import { FIRST, MAP, PATIENCE, open, part, selects, shows, stage } from './harness.mjs';
import { distance } from './study.mjs';

const TEXT = 'A man is eating food.';
const TEXT_B = 'A man is eating a piece of bread.';

describe('a link', () => {
  const host = stage();

  test('exBERT: carries text, pair, heads, view, lens and filters, and restores them all', { timeout: PATIENCE }, async () => {
    const page = await host.visit();
    await shows(page, FIRST);
    await part(page, 'text').fill(TEXT);
    await part(page, 'pair').click();
    await part(page, 'text-b').fill(TEXT_B);
    await page.waitForFunction((textB) => window.trace.texts[1] === textB, TEXT_B);
    await part(page, 'lens').selectOption('mean');
    await part(page, 'special').selectOption('renormalise');
    await part(page, 'punctuation').selectOption('hide');
    await part(page, 'pair-part').selectOption('a-b');
    await part(page, 'words').check();
    await part(page, 'threshold').fill('3');
    await part(page, 'scale-log').check();
    await part(page, 'layer-next').click();
    await part(page, 'choose-layer').click();
    await part(page, 'view-table').click();
    await calm(page);
    await page.waitForFunction(() => location.hash.includes('view=table'));
    const carried = Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.slice(1)));
    assert.deepEqual(carried, {
      text: TEXT, 'text-b': TEXT_B, lens: 'mean', special: 'renormalise', punctuation: 'hide', 'pair-part': 'a-b', words: '', threshold: '0.005',
      scale: 'log', layer: '4', view: 'table', heads: Array.from({ length: 12 }, (_, head) => `4.${head}`).join(' '), 'made-with': carried['made-with'],
    });

    const again = await open(page.context(), host.site, page.url());
    await again.waitForFunction((text) => window.trace?.texts[0] === text, TEXT);
    await calm(again);
    await selects(again, { layer: 4, head: 1 });
    for (const [name, value] of [['lens', 'mean'], ['special', 'renormalise'], ['punctuation', 'hide'], ['pair-part', 'a-b'], ['threshold', '3']]) {
      assert.equal(await part(again, name).inputValue(), value);
    }
    assert.ok(await part(again, 'words').isChecked() && await part(again, 'scale-log').isChecked());
    const [one, other] = [await tableOf(page), await tableOf(again)];
    assert.ok(one.map.length > 3 && distance(one.map, other.map) === 0);
    assert.equal(await part(again, 'notice').count(), 0);
    assert.equal(again.url(), page.url());
    again.assertClean();
    page.assertClean();
  });

  test('restores every view, and the address without one has the matrix', { timeout: PATIENCE }, async () => {
    const page = await host.visit(`${MAP}#view=neuron&text=${encodeURIComponent(TEXT)}`);
    await shows(page, TEXT);
    for (const view of ['neuron', 'lines', 'text', 'layers', 'grid', 'table', null]) {
      await page.evaluate((view) => { location.hash = view ? `#view=${view}` : ''; }, view);
      await shows(page, FIRST);
      await part(page, `view-${view ?? 'matrix'}`).and(page.locator('[aria-pressed="true"]')).waitFor();
      assert.equal(await part(page, partOf(view ?? 'matrix')).count(), 1);
    }
    page.assertClean();
  });

  test('made with other weights says so, with those of this page', { timeout: PATIENCE }, async () => {
    const known = await host.visit(`${MAP}#text=One&lens=max`);
    await shows(known, 'One');
    await part(known, 'layer-next').click();
    await known.waitForFunction(() => location.hash.includes('made-with'));
    const { 'made-with': own } = Object.fromEntries(new URLSearchParams(new URL(known.url()).hash.slice(1)));
    for (const [madeWith, notices] of [[own, 0], ['minilm-l6-q8.00000000', 1], ['gpt-17.12345678', 1]]) {
      const page = await host.visit(`${MAP}#text=Two&made-with=${madeWith}`);
      await shows(page, 'Two');
      const notice = part(page, 'notice').and(page.locator('[data-code="made-with-other"]'));
      assert.equal(await notice.count(), notices, madeWith);
      if (notices) {
        const said = await notice.textContent();
        assert.ok(said.includes(madeWith) && said.includes(own), said);
      }
      page.assertClean();
      await page.context().close();
    }
  });

  test('is copied by its button, with what was changed a moment ago', { timeout: PATIENCE }, async () => {
    const page = await host.visit(undefined, { permissions: ['clipboard-read', 'clipboard-write'] });
    await shows(page, FIRST);
    for (const lens of ['max', 'received', 'rollout']) {
      await part(page, 'lens').selectOption(lens);
      await part(page, 'copy-link').click();
      await part(page, 'copied').and(page.getByText('Copied.')).waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(copied, new RegExp(`^${host.site.origin}${MAP}#.*lens=${lens}`));
      assert.equal(copied, page.url());
    }
    page.assertClean();
  });

  test('is not offered where the page around keeps no address', { timeout: PATIENCE }, async () => {
    const page = await host.visit('/docs/host.html');
    await page.evaluate(async (text) => {
      const element = document.createElement('attention-map');
      document.body.append(element);
      window.shown = await element.run(text);
    }, TEXT);
    await run(page, TEXT);
    await explore(page, { view: 'matrix' });
    assert.equal(await part(page, 'copy-link').count(), 0);
    assert.equal(await part(page, 'history').count(), 0);
    assert.equal(await part(page, 'save-svg').count(), 1);
  });
});
