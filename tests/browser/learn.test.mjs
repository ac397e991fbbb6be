// The page on which a model learns: that it does, and that what is shown is what happens.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { READERS, serious } from './axe.mjs';
import { MAP, PATIENCE, open, stage } from './harness.mjs';

const PAGE = `${MAP}learn.html`;
const ARTEFACTS = fileURLToPath(new URL('artefacts/', import.meta.url));

describe('the page on which a model learns', () => {
  const host = stage();
  const { visit: visitHost } = host;
  before(() => mkdirSync(ARTEFACTS, { recursive: true }));
  const visit = async (hash = '', options = {}) => {
    const page = await visitHost(PAGE + hash, { viewport: { width: 1280, height: 900 }, ...options });
    await page.locator('#maps td').first().waitFor();
    return page;
  };
  const text = (page, id) => page.locator(id).textContent();
  const steps = async (page) => Number((await text(page, '#status')).match(/^\D*(\d+)/)[1]);
  const stands = (page, count) => page.waitForFunction((count) => document.querySelector('#status').textContent.startsWith(`${count} steps`) && document.querySelector('#watch').ariaBusy === 'false', count);
  /** The numbers beside the names of the charts' lines, as they are written. */
  const numbers = (page) => page.locator('figure .newest').allTextContents();
  const share = (written) => Number(written.replace(' %', ''));
  /** The weights of a head's table, a row each, from 0 to 1, as a reader is told them. */
  const weights = (page, table) => page.locator('#maps table').nth(table).evaluate(({ tBodies }) => [...tBodies[0].rows].map((row) => [...row.querySelectorAll('td')].map(({ title }) => parseFloat(title) / 100)));

  test('dates are learnt, its attention finds what they stand for, and it pauses', { timeout: PATIENCE }, async () => {
    const page = await visit('#rate=0.003');
    assert.equal(await steps(page), 0);
    const begun = await numbers(page);
    assert.equal(share(begun[2]), 0);
    await page.locator('#run').click();
    // It pauses by itself, with faults after 3000 steps.
    await page.waitForFunction(() => /pauses/.test(document.querySelector('#status').textContent), undefined, { timeout: PATIENCE });
    const [, , exact, aligned, even] = await numbers(page);
    assert.ok(share(exact) >= 95, exact);
    assert.ok(share(aligned) > 2.5 * share(even), `${aligned} ${even}`);
    assert.match(await text(page, '#written'), /1979-05-03 That is right/);
    const [table] = [await weights(page, 0)];
    assert.deepEqual([table.length, table[0].length], ['1979-05-03'.length + 1, '3 May 1979'.length]);
    for (const row of table) assert.ok(Math.abs(row.reduce((sum, weight) => sum + weight) - 1) < 0.01, `${row}`);
    // The 7 of the year is read off the 7.
    assert.equal(table[2].indexOf(Math.max(...table[2])), 8);
    page.assertClean();
  });

  test('a step is one step, a seed is one model, and starting anew is the same again', { timeout: PATIENCE }, async () => {
    const page = await visit('#seed=5&heads=2');
    const first = await weights(page, 0);
    const losses = [];
    for (const round of [1, 2]) {
      for (const step of [1, 2, 3]) {
        await page.locator('#step').click();
        await stands(page, step);
      }
      losses.push(await numbers(page));
      assert.notDeepEqual(await weights(page, 0), first);
      await page.locator('#reset').click();
      await stands(page, 0);
      assert.deepEqual(await weights(page, 0), first, `round ${round}`);
    }
    assert.deepEqual(losses[0], losses[1]);
    assert.ok(losses[0].slice(0, 2).every((loss) => Number(loss) > 0), `${losses[0]}`);
    await page.locator('#seed').fill('6');
    await page.locator('#seed').press('Enter');
    await stands(page, 0);
    assert.notDeepEqual(await weights(page, 0), first);
    assert.match(page.url(), /seed=6/);
    page.assertClean();
  });

  test('it runs until it is paused', { timeout: PATIENCE }, async () => {
    const page = await visit('#task=sort');
    await page.locator('#run').click();
    await page.waitForFunction(() => Number.parseInt(document.querySelector('#status').textContent, 10) >= 20);
    // Another rate is taken from the next step on.
    await page.locator('#rate').selectOption('0.01');
    await page.waitForFunction(() => Number.parseInt(document.querySelector('#status').textContent, 10) >= 40);
    await page.locator('#run').click();
    await page.waitForFunction(() => document.querySelector('#run').textContent === 'Go on');
    // What was under way comes in.
    await page.waitForTimeout(300);
    const paused = await steps(page);
    await page.waitForTimeout(300);
    assert.equal(await steps(page), paused);
    await page.locator('#run').click();
    await page.waitForFunction((paused) => Number.parseInt(document.querySelector('#status').textContent, 10) > paused, paused);
    page.assertClean();
  });

  test('every score, number of heads and encoder learns', { timeout: PATIENCE }, async () => {
    const page = await visit('#task=copy&rate=0.01');
    const choices = (id) => page.locator(`${id} option`).evaluateAll((options) => options.map(({ value }) => value));
    const all = [['#score', await choices('#score')], ['#encoder', await choices('#encoder')], ['#heads', await choices('#heads')]];
    assert.deepEqual(all.map(([, values]) => values.length), [4, 2, 4]);
    for (const [id, values] of all) {
      for (const value of values.reverse()) {
        await page.locator(id).selectOption(value);
        await stands(page, 0);
        const [, before] = await numbers(page);
        await page.locator('#run').click();
        await page.waitForFunction(() => Number.parseInt(document.querySelector('#status').textContent, 10) >= 20);
        await page.locator('#run').click();
        await page.waitForFunction(() => document.querySelector('#run').textContent === 'Go on');
        const [, after] = await numbers(page);
        assert.ok(Number(after) < Number(before), `${id} ${value}: ${before} ${after}`);
        if (id === '#heads') assert.equal(await page.locator('#maps table').count(), Number(value) === 1 ? 1 : Number(value) + 1);
      }
    }
    page.assertClean();
  });

  test('an example of one’s own is taken, and what is none is said', { timeout: PATIENCE }, async () => {
    const page = await visit();
    await page.locator('#source').fill('24 December 2031');
    const expected = new Date(Date.UTC(2031, 11, 24)).toISOString().slice(0, 10);
    await page.waitForFunction((expected) => document.querySelector('#written').textContent.includes(expected), expected);
    const rows = await page.locator('#maps tbody th').allTextContents();
    assert.equal(rows.join(''), `${expected}end`);
    // Both digits of the month stand for all of its name, the others for one character each, the hyphens and the end for none.
    assert.equal(await page.locator('#maps td.right').count(), 4 + 2 * 'December'.length + 2);
    await page.locator('#source').fill('31 February 2031');
    await page.locator('#error').waitFor();
    assert.match(await text(page, '#error'), /"31 February 2031" is not a date/);
    assert.equal(await page.locator('#maps tbody th').count(), rows.length);
    await page.locator('#source').fill('1 June 1999');
    await page.locator('#error').waitFor({ state: 'hidden' });
    assert.match(page.url(), /source=1\+June\+1999/);
    page.assertClean();
  });

  test('what it draws is shown by the task, and nothing of the engine or another page is fetched', { timeout: PATIENCE }, async () => {
    const asked = [];
    const page = await visit();
    page.on('request', (request) => asked.push(request.url()));
    for (const [task, solve] of [['Reverse', (letters) => letters.reverse()], ['Copy', (letters) => letters], ['Sort', (letters) => letters.sort()]]) {
      await page.locator('#tasks button', { hasText: task }).click();
      await page.waitForFunction(() => /^[a-z]+ → /.test(document.querySelector('#drawn').textContent));
      const before = await page.locator('#drawn code').allTextContents();
      for (const pair of before) {
        const [source, target] = pair.split(' → ');
        assert.equal(target, solve([...source]).join(''), task);
      }
      await page.locator('#others').click();
      await page.waitForFunction((before) => document.querySelector('#drawn code').textContent !== before, before[0]);
    }
    const fetched = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    assert.deepEqual([...asked, ...fetched].filter((name) => /app|viewer|engine|models\//.test(new URL(name).pathname)), []);
    page.assertClean();
  });

  test('a page that shows maps does not fetch the program that learns', { timeout: PATIENCE }, async () => {
    const page = await visitHost(MAP);
    const asked = [];
    page.context().on('request', (request) => asked.push(request.url()));
    await page.evaluate(() => navigator.serviceWorker.ready);
    assert.deepEqual(asked.filter((url) => /trainer/.test(url)), []);
    page.assertClean();
  });

  for (const file of ['trainer.js', 'trainer_bg.wasm']) {
    test(`without ${file} it says that it could not be started`, { timeout: PATIENCE }, async () => {
      const context = await host.browser.newContext();
      await context.route(`**/${file}`, (route) => route.abort());
      const page = await open(context, host.site, PAGE);
      await page.locator('#about', { hasText: 'could not be started' }).waitFor();
      page.assertClean();
    });
  }

  for (const [name, options] of READERS) {
    test(`looks right and is accessible: ${name}`, { timeout: PATIENCE }, async () => {
      const page = await visit('#rate=0.01&heads=4', options);
      await page.locator('#run').click();
      await page.waitForFunction(() => Number(document.querySelector('#status').textContent.match(/\d+/)[0]) >= 50);
      await page.locator('#run').click();
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      assert.equal(await page.evaluate(() => document.documentElement.lang), name === 'chinese' ? 'zh-Hans' : 'en');
      await page.screenshot({ path: `${ARTEFACTS}learn-${name}.png`, fullPage: true });
      assert.deepEqual(await serious(page), []);
      page.assertClean();
    });
  }
});
