// What each filter leaves and what it says that it hides, against the same computed from the trace (study.mjs).

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { calm, explore, opened, run, tableOf } from './explorer.mjs';
import { FIRST, PATIENCE, part, settles, stage } from './harness.mjs';
import { distance, filtered, headOf, sum, throughLens, traceOf } from './study.mjs';

const CLOSE = 2e-6;
/** A head that gives [SEP] nearly all, and one that does not. */
const HEADS = [[3, 5], [0, 2]];
const FAMILY = '👩‍👩‍👧';

describe('filters', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await opened(visit);
  }, { timeout: PATIENCE });

  /** The table with `filters`, after it was compared with what they should leave of one head. */
  async function compared(trace, [layer, head], filters) {
    const names = { special: 'special', punctuation: 'punctuation', words: 'words', pairPart: 'pair-part' };
    const attributes = Object.fromEntries(Object.entries(filters).map(([name, value]) => [names[name], value]));
    await explore(page, { view: 'table', layer, head, ...attributes });
    const table = await tableOf(page);
    const expected = filtered(trace, headOf(trace, layer, head), filters);
    const apart = distance(table.map, expected.rows);
    assert.ok(apart < CLOSE, `layer ${layer} head ${head} ${JSON.stringify(filters)}: ${apart} apart`);
    return { table, expected };
  }

  test('exBERT: special tokens hidden are gone from rows and columns, and their share is stated', { timeout: PATIENCE }, async () => {
    const trace = await traceOf(page);
    for (const at of HEADS) {
      const { table, expected } = await compared(trace, at, { special: 'hide' });
      assert.equal(table.map.length, trace.tokens.length - 2);
      assert.ok(![...table.queries, ...table.keys].some((word) => word.startsWith('[')));
      const share = sum(expected.hidden) / expected.hidden.length;
      const said = await part(page, 'hidden').textContent();
      const [all, cls, sep] = said.match(/[\d.]+(?= %)/g).map(Number);
      assert.ok(Math.abs(all - 100 * share) <= 0.051, `${said} for ${share}`);
      assert.ok(Math.abs(cls + sep - all) <= 0.11 && /\[CLS\] holds.*\[SEP\] holds/.test(said), said);
    }
    // And without the filter nothing is said to be hidden.
    await explore(page, { view: 'table' });
    assert.equal(await part(page, 'hidden').count(), 0);
  });

  test('the share hidden of one row is stated where the row is pointed at', { timeout: PATIENCE }, async () => {
    const trace = await traceOf(page);
    const { expected } = await compared(trace, HEADS[0], { special: 'hide', punctuation: 'hide' });
    const row = expected.queries.findIndex(({ tokens }) => tokens[0] === 5);
    await explore(page, { view: 'matrix', special: 'hide', punctuation: 'hide' });
    await part(page, 'token').nth(5).click();
    await page.mouse.move(0, 0);
    await calm(page);
    const said = await part(page, 'readout').textContent();
    const share = Number(said.match(/Hidden: ([\d.]+) % of this row/)[1]);
    assert.ok(Math.abs(share - 100 * expected.hidden[row]) <= 0.051, `${said} for ${expected.hidden[row]}`);
    await part(page, 'token').nth(5).click();
  });

  test('bertviz 131, AttentionRank 7: without special tokens, rescaled, rows sum to 1 again', { timeout: PATIENCE }, async () => {
    const trace = await traceOf(page);
    for (const at of HEADS) {
      for (const filters of [{ special: 'renormalise' }, { special: 'renormalise', punctuation: 'renormalise' }]) {
        const { table } = await compared(trace, at, filters);
        assert.ok(table.map.every((row) => Math.abs(sum(row) - 1) < 1e-5));
        assert.match(await part(page, 'hidden').textContent(), /divided by its sum/);
      }
      // What is only hidden counts as left.
      const { table, expected } = await compared(trace, at, { special: 'hide', punctuation: 'renormalise' });
      assert.ok(table.map.every((row, query) => sum(row) < 1 + 1e-5 && expected.hidden[query] > 0));
      if (at === HEADS[0]) assert.ok(table.map.every((row) => sum(row) < 0.9));
    }
    const all = ['show', 'hide', 'renormalise'];
    const differ = all.flatMap((special) => all.map((punctuation) => filtered(trace, headOf(trace, 3, 5), { special, punctuation }).rows));
    assert.ok(distance(differ[1 * 3], differ[2 * 3]) > 0.1, 'hiding and rescaling are told apart');
  });

  test('inseq 246: whole words sum what their pieces get and average what they give', { timeout: PATIENCE }, async () => {
    await run(page, 'Unbelievable storytelling bewilders antidisestablishmentarianism, she said.');
    const trace = await traceOf(page);
    assert.ok(trace.tokens.filter(({ text }) => text.startsWith('##')).length >= 5);
    for (const filters of [{ words: true }, { words: true, special: 'hide' }, { words: true, special: 'renormalise', punctuation: 'renormalise' }]) {
      const { table } = await compared(trace, [2, 3], filters);
      assert.ok(table.keys.includes('Unbelievable') && table.queries.includes('storytelling'));
      assert.equal(table.keys.filter((word) => word.startsWith('##')).length, 0);
      assert.ok(table.map.every((row) => sum(row) < 1 + 1e-5));
      if (filters.special !== 'hide') assert.ok(table.map.every((row) => Math.abs(sum(row) - 1) < 1e-5));
    }
    const chips = await part(page, 'token').allTextContents();
    assert.ok(chips.includes('Unbelievable'), chips.join());
  });

  test('transformer-explainer 86: joined emoji and Chinese are whole characters in every label', { timeout: PATIENCE }, async () => {
    for (const [text, whole] of [[`The ${FAMILY} plays café 🎉`, FAMILY], ['这只动物没有过马路。', '动']]) {
      await run(page, text);
      for (const words of [false, true]) {
        await explore(page, { view: 'table', words });
        const { keys, queries } = await tableOf(page);
        for (const word of [...keys, ...queries, ...await part(page, 'token').allTextContents()]) {
          assert.ok(!/[\ufffd\u200d]$|^[\u200d\ufe0f]|Ã|\p{Surrogate}/u.test(word), JSON.stringify(word));
        }
        if (words) assert.equal(keys.filter((word) => word.includes(whole)).length, 1, keys.join());
      }
    }
  });

  test('bertviz 22, 111: parts of a pair are the rows of one text and the columns of one', { timeout: PATIENCE }, async () => {
    await run(page, 'A man is eating food.', 'A man is eating a piece of bread.');
    const trace = await traceOf(page);
    const sizes = new Set();
    for (const pairPart of ['all', 'a-a', 'a-b', 'b-a', 'b-b']) {
      const { table, expected } = await compared(trace, [4, 2], { pairPart });
      sizes.add(`${table.map.length} x ${table.keys.length}`);
      if (pairPart === 'all') continue;
      const said = await part(page, 'hidden').textContent();
      const share = Number(said.match(/the other text holds ([\d.]+) %/)[1]);
      assert.ok(Math.abs(share - 100 * (sum(expected.hidden) / expected.hidden.length)) <= 0.051, said);
    }
    assert.equal(sizes.size, 5);
  });

  test('inseq 281: the first part of a prompt can be left out, as the first text of a pair', { timeout: PATIENCE }, async () => {
    await part(page, 'pair-part').selectOption('b-b');
    await calm(page);
    await explore(page, { view: 'table', 'pair-part': 'b-b' });
    const { keys } = await tableOf(page);
    assert.equal(keys.join(' '), 'A man is eating a piece of bread . [SEP]');
    await run(page, FIRST);
    assert.equal(await part(page, 'pair-part').count(), 0, 'of one text there are no parts');
  });

  test('what is below the threshold has the first colour, and what that leaves out is stated', { timeout: PATIENCE }, async () => {
    await run(page, FIRST);
    const rows = headOf(await traceOf(page), 0, 0);
    for (const threshold of [0.02, 0.1]) {
      await explore(page, { view: 'matrix', layer: 0, head: 0, threshold });
      await settles(page, (what) => window.painted.wrongCellsOf(what), { part: 'matrix', rows, scale: 'unit', threshold });
      const below = rows.flat().filter((weight) => weight < threshold);
      const said = await part(page, 'left-out').textContent();
      const share = (100 * sum(below)) / sum(rows.flat());
      assert.ok(said.startsWith(`${below.length} of 256 numbers`), said);
      assert.ok(Math.abs(Number(said.match(/([\d.]+) % of the sum/)[1]) - share) <= 0.051, `${said} for ${share}`);
    }
    const wrong = await page.evaluate((what) => window.painted.wrongCellsOf(what), { part: 'matrix', rows, scale: 'unit' });
    assert.ok(wrong.length > 0, 'without the threshold, cells are found wrong');
    await explore(page, { view: 'table', layer: 0, head: 0, threshold: 0.1 });
    const numbers = rows.flat().filter((weight) => weight >= 0.1).length;
    assert.match(await page.locator('attention-map caption').textContent(), new RegExp(`^${numbers} numbers of 256`));
  });

  test('every scale names both of its ends (bertviz 61: what a colour means)', { timeout: PATIENCE }, async () => {
    const weights = headOf(await traceOf(page), 0, 2).flat().sort((one, other) => one - other);
    const largest = weights.at(-1);
    const ends = { unit: 1, max: largest, small: weights[Math.ceil(0.99 * weights.length) - 1], log: largest };
    for (const [scale, end] of Object.entries(ends)) {
      await explore(page, { view: 'matrix', layer: 0, head: 2, scale });
      const [begin, last] = await part(page, 'legend').locator('.bar .figure').allTextContents();
      assert.ok(Math.abs(parseFloat(last) - end) <= 0.0005, `${scale}: ${last} for ${end}`);
      if (scale === 'log') {
        const [, digit, power] = begin.match(/^(\d)·10⁻(.)$/);
        const written = Number(digit) * 10 ** -'⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(power);
        assert.ok(Math.abs(written / (end / 1e4) - 1) < 0.34, `${begin} for ${end / 1e4}`);
        assert.match(await part(page, 'legend').textContent(), /Logarithmic: each quarter of the colours is a factor of ten/);
      } else {
        assert.equal(begin, '0');
      }
    }
    page.assertClean();
  });

  test('CircuitsVis 74: weights above the diagonal are shown like all others', { timeout: PATIENCE }, async () => {
    const map = headOf(await traceOf(page), 0, 3);
    const above = map.flatMap((row, query) => row.slice(query + 1));
    assert.ok(Math.max(...above) > 0.3);
    await explore(page, { view: 'matrix', layer: 0, head: 3 });
    await settles(page, (what) => window.painted.wrongCellsOf(what), { part: 'matrix', rows: map, scale: 'unit' });
  });

  test('filters suit the lens: what has no rows of 1 is hidden, never rescaled', { timeout: PATIENCE }, async () => {
    const trace = await traceOf(page);
    await explore(page, { view: 'table', lens: 'max', layer: 1, head: 0, special: 'renormalise' });
    const { map } = await tableOf(page);
    const expected = filtered(trace, throughLens(trace, 'max', { layer: 1, head: 0 }), { special: 'renormalise' }, false);
    const apart = distance(map, expected.rows);
    assert.ok(apart < CLOSE, `${apart} apart`);
    assert.doesNotMatch(await part(page, 'hidden').textContent(), /divided/);
    page.assertClean();
  });
});
