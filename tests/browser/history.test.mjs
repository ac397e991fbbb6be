// The last texts, kept in this browser alone.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { FIRST, MAP, PATIENCE, open, part, shows, stage } from './harness.mjs';

/** Milliseconds after which a text counts as one that the reader may want back, and a little more. */
const RESTED = 2300;

describe('earlier texts', () => {
  const host = stage();

  const listed = (page) => part(page, 'earlier').allTextContents();
  const kept = (page) => page.evaluate(() => JSON.parse(localStorage.getItem('attention-map:texts')));

  test('are those that rested for two seconds; undo brings the last one back, and forgetting leaves nothing', { timeout: PATIENCE }, async () => {
    const page = await host.visit();
    await shows(page, FIRST);
    await sleep(RESTED);
    // Typed over at once: nobody wants these back.
    for (const text of ['T', 'Th', 'The second']) await part(page, 'text').fill(text);
    await shows(page, 'The second');
    await sleep(RESTED);
    await part(page, 'text').fill('The third');
    await part(page, 'pair').click();
    await part(page, 'text-b').fill('and its other');
    await page.waitForFunction(() => window.trace.texts[1] === 'and its other');
    await sleep(RESTED);
    await part(page, 'history').locator('summary').click();
    assert.deepEqual(await listed(page), ['The third / and its other', 'The second', FIRST]);
    assert.deepEqual(await kept(page), [['The third', 'and its other'], ['The second', null], [FIRST, null]]);

    await part(page, 'undo').click();
    await shows(page, 'The second');
    assert.equal(await part(page, 'text').inputValue(), 'The second');
    assert.equal(await part(page, 'text-b').count(), 0);
    await part(page, 'earlier').filter({ hasText: 'The third' }).click();
    await page.waitForFunction(() => window.trace.texts[1] === 'and its other');
    // Back goes where the reader was before.
    await page.goBack();
    await shows(page, 'The second');

    const again = await open(page.context(), host.site, MAP);
    await shows(again, FIRST);
    await part(again, 'history').locator('summary').click();
    assert.ok((await listed(again)).includes('The second'));
    await part(again, 'forget').click();
    await part(again, 'history').waitFor({ state: 'detached' });
    assert.equal(await again.evaluate(() => localStorage.length), 0);
    again.assertClean();
    page.assertClean();
  });

  test('are ten at most, each once', { timeout: PATIENCE }, async () => {
    const page = await host.visit();
    await shows(page, FIRST);
    const texts = Array.from({ length: 10 }, (_, index) => [`Text ${index}`, null]);
    await page.evaluate((texts) => localStorage.setItem('attention-map:texts', JSON.stringify(texts)), texts);
    await page.goto(`${page.url()}#text=Newest`);
    await page.reload();
    await shows(page, 'Newest');
    await sleep(RESTED);
    assert.deepEqual(await kept(page), [['Newest', null], ...texts.slice(0, 9)]);
    await part(page, 'text').fill('Text 4');
    await shows(page, 'Text 4');
    await sleep(RESTED);
    assert.deepEqual((await kept(page)).map(([text]) => text), ['Text 4', 'Newest', 'Text 0', 'Text 1', 'Text 2', 'Text 3', 'Text 5', 'Text 6', 'Text 7', 'Text 8']);
    page.assertClean();
  });

  test('that are damaged, or that the browser keeps from the page, are no error', { timeout: PATIENCE }, async () => {
    const page = await host.visit();
    await shows(page, FIRST);
    for (const damaged of ['{', '[1, [2], ["a"], null]', '"x"']) {
      await page.evaluate((damaged) => localStorage.setItem('attention-map:texts', damaged), damaged);
      await page.reload();
      await shows(page, FIRST);
      page.assertClean();
    }
    const context = await host.browser.newContext();
    await context.addInitScript(() => {
      Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } });
    });
    const denied = await open(context, host.site, MAP);
    await shows(denied, FIRST);
    await sleep(RESTED);
    denied.assertClean();
  });
});
