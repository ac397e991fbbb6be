// The numbers themselves, as a reader has them: sorted, page by page, copied.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { calm, explore, isWritten, opened, run, tableOf } from './explorer.mjs';
import { CASES, FIRST, PATIENCE, part, stage } from './harness.mjs';
import { headOf, sum, traceOf } from './study.mjs';

describe('the table (bertviz 23: numbers wanted)', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await opened(visit, { permissions: ['clipboard-read', 'clipboard-write'] });
  }, { timeout: PATIENCE });

  test('has every weight of the trace, to the digits shown', { timeout: PATIENCE }, async () => {
    const trace = await traceOf(page);
    for (const [layer, head] of [[0, 0], [3, 1], [5, 11]]) {
      await explore(page, { view: 'table', layer, head });
      const map = headOf(trace, layer, head);
      const table = await tableOf(page);
      assert.match(table.caption, /^256 numbers of 256, page 3 of 3$/);
      assert.deepEqual(table.keys.slice(0, 3), ['[CLS]', 'The', 'animal']);
      assert.deepEqual(table.queries, table.keys);
      map.forEach((row, query) => row.forEach((weight, key) => {
        // A whole f32, and what is shown of it.
        assert.equal(Math.fround(table.map[query][key]), weight);
        assert.ok(isWritten(table.shown[query][key], weight), `${table.shown[query][key]} for ${weight}`);
      }));
      assert.ok(table.map.every((row) => Math.abs(sum(row) - 1) < 1e-5));
    }
    assert.equal(isWritten('0.123', 0.1236), false);
  });

  test('is sorted as asked, and begins with the largest', { timeout: PATIENCE }, async () => {
    await explore(page, { view: 'matrix' });
    await explore(page, { view: 'table', layer: 3, head: 1 });
    const column = (index, read) => page.locator('attention-map tbody tr').evaluateAll(
      (rows, [index, read]) => rows.map(({ cells }) => (read ? Number(cells[index].dataset.weight) : Number(cells[index].querySelector('small').textContent))),
      [index, read],
    );
    const isSorted = (numbers, sign) => numbers.every((number, at) => at === 0 || sign * (number - numbers[at - 1]) >= 0);
    const largest = Math.max(...headOf(await traceOf(page), 3, 1).flat());
    const weights = await column(2, true);
    assert.equal(Math.fround(weights[0]), largest);
    assert.ok(isSorted(weights, -1));
    for (const [button, index, read, signs] of [['sort-weight', 2, true, [1, -1]], ['sort-query', 0, false, [1, -1]], ['sort-key', 1, false, [1, -1]]]) {
      for (const sign of signs) {
        await part(page, button).click();
        await calm(page);
        const sorted = await column(index, read);
        assert.ok(isSorted(sorted, sign) && new Set(sorted).size > 1, `${button} ${sign}`);
        assert.equal(await part(page, button).evaluate((button) => button.closest('th').ariaSort), sign > 0 ? 'ascending' : 'descending');
      }
    }
  });

  test('of a picked word has its row and its column alone', { timeout: PATIENCE }, async () => {
    await explore(page, { view: 'table', layer: 3, head: 1 });
    await part(page, 'token').nth(4).click();
    await page.mouse.move(0, 0);
    await calm(page);
    const caption = page.locator('attention-map [part~="table"] caption');
    assert.match(await caption.textContent(), /^31 numbers of 256/);
    await part(page, 'token').nth(4).click();
    await page.mouse.move(0, 0);
    await calm(page);
    assert.match(await caption.textContent(), /^256 numbers of 256/);
  });

  test('is copied as CSV with all of its weights, and 512 tokens make pages', { timeout: PATIENCE }, async () => {
    for (const [text, tokens] of [[FIRST, 16], [CASES.find(({ id }) => id === 'tokens-512').text, 512]]) {
      await run(page, text);
      await explore(page, { view: 'table', layer: 4, head: 9 });
      assert.ok(await page.locator('attention-map tbody tr').count() <= 100);
      await part(page, 'copy-csv').click();
      await part(page, 'copied').and(page.getByText('Copied.')).waitFor();
      // Compared in the page: of 512 tokens it is 10 MB.
      const found = await page.evaluate(async () => {
        const lines = (await navigator.clipboard.readText()).trimEnd().split(/\r?\n/);
        const { weights, heads, queries } = window.trace.maps[0];
        const count = queries.length ** 2;
        const map = weights.subarray((4 * heads + 9) * count, (4 * heads + 10) * count);
        const numbers = lines.slice(1).map((line) => Number(line.slice(line.lastIndexOf(',') + 1)));
        return { heading: lines[0], count: numbers.length, wrong: numbers.filter((number, at) => Math.fround(number) !== map[at]).length };
      });
      assert.deepEqual(found, { heading: 'query,query text,key,key text,weight', count: tokens ** 2, wrong: 0 });
    }
    page.assertClean();
  });
});
