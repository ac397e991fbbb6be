// What an address carries, and what a link to it shows.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { FIRST, MAP, PATIENCE, open, part, selected, selects, shows, stage } from './harness.mjs';

describe('the address', () => {
  const host = stage();
  const { visit } = host;

  test('of the page as it opens is bare, and carries what is changed; a link to it shows the same', { timeout: PATIENCE }, async () => {
    const page = await visit();
    await shows(page, FIRST);
    assert.equal(new URL(page.url()).hash, '');

    const text = 'a&b=c #d + é 🎉 100% "q"';
    const textB = 'The second, with a = and an &.';
    await part(page, 'text').fill(text);
    await part(page, 'pair').click();
    await part(page, 'text-b').fill(textB);
    const first = await selected(page);
    const chosen = { layer: first.layer + 1, head: first.head + 7 };
    await part(page, 'layer-next').click();
    for (let step = 0; step < 7; step++) await part(page, 'head-next').click();
    await part(page, 'scale-max').check();
    await page.waitForFunction((textB) => window.trace.texts[1] === textB, textB);
    // The address follows within a moment.
    await page.waitForFunction(() => location.hash.includes('scale=max'));

    const carried = new URLSearchParams(new URL(page.url()).hash.slice(1));
    const { 'made-with': madeWith, ...view } = Object.fromEntries(carried);
    assert.deepEqual(view, { text, 'text-b': textB, layer: `${chosen.layer}`, head: `${chosen.head}`, scale: 'max' });
    assert.match(madeWith, /^minilm-l6-q8\.[0-9a-f]{8}$/);

    const again = await open(page.context(), host.site, page.url());
    await shows(again, text);
    const seen = await again.evaluate(() => {
      const { text, textB, layer, head, scale } = document.querySelector('attention-map');
      return { texts: window.trace.texts, text, textB, layer, head, scale };
    });
    assert.deepEqual(seen, { texts: [text, textB], text, textB, ...chosen, scale: 'max' });
    await selects(again, chosen);
    assert.equal(await part(again, 'text').inputValue(), text);
    assert.ok(await part(again, 'scale-max').isChecked());
    assert.equal(again.url(), page.url());
  });

  test('edited by hand is followed, and what it does not name goes back to where it began', { timeout: PATIENCE }, async () => {
    const page = await visit();
    await shows(page, FIRST);
    const first = await selected(page);
    await page.evaluate(() => { location.hash = '#text=One&layer=2&head=4'; });
    await shows(page, 'One');
    await selects(page, { layer: 2, head: 4 });
    await page.evaluate(() => { location.hash = '#text=Two&layer=5'; });
    await shows(page, 'Two');
    await selects(page, { layer: 5, head: first.head });
    await page.evaluate(() => { location.hash = ''; });
    await shows(page, FIRST);
    await selects(page, first);
    page.assertClean();
  });

  test('with nonsense in it still shows its text, and says what is wrong', { timeout: PATIENCE }, async () => {
    const page = await visit(`${MAP}#text=Still+here&layer=99&head=x&%E0%A4%A=1&scale=huge`);
    await shows(page, 'Still here');
    const errors = await page.evaluate(() => window.heard.filter(({ name }) => name === 'error'));
    assert.deepEqual(errors.map(({ code }) => code), Array(3).fill('attribute-invalid'));
    assert.match(errors[0].message, /from 0 to 5/);
    page.assertClean();
  });

  for (const backend of ['cpu', 'webgpu']) {
    test(`with ?backend=${backend} has it computed there`, { timeout: PATIENCE }, async () => {
      const page = await visit(`${MAP}?backend=${backend}`);
      await shows(page, FIRST);
      assert.equal(await page.evaluate(() => window.trace.backend), backend);
      assert.equal(await part(page, 'status').getAttribute('data-backend'), backend);
      assert.match(await part(page, 'status').textContent(), backend === 'cpu' ? /^CPU/ : /^WebGPU.*swiftshader/i);
      assert.equal(await part(page, 'backend').inputValue(), backend);
      assert.equal(await part(page, 'notice').count(), 0);
      page.assertClean();
    });
  }

  test('without a backend leaves a software adapter alone; the reader can still choose it', { timeout: PATIENCE }, async () => {
    const page = await visit();
    await shows(page, FIRST);
    assert.equal(await page.evaluate(() => window.trace.backend), 'cpu');
    await part(page, 'backend').selectOption('webgpu');
    await page.waitForFunction(() => window.trace.backend === 'webgpu');
    await page.locator('attention-map [part~="status"][data-backend="webgpu"]').waitFor();
    await part(page, 'backend').selectOption('cpu');
    await page.waitForFunction(() => window.trace.backend === 'cpu');
    page.assertClean();
  });
});
