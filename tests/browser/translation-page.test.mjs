// The page that translates, against the float64 reference and against what it says itself.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { READERS, serious } from './axe.mjs';
import { MAP, PATIENCE, part, stage } from './harness.mjs';

const PAGE = `${MAP}translation.html`;
const GOLDEN = JSON.parse(readFileSync(fileURLToPath(new URL('../golden/translation/cases.json', import.meta.url)), 'utf8'));
const ARTEFACTS = fileURLToPath(new URL('artefacts/', import.meta.url));
/** A sentence of some length whose best translation no other comes near. */
const caseOf = (language) => GOLDEN.cases.find(({ language: to, smallest_gap, pieces, unknown }) => to === language && smallest_gap > 5e-3 && pieces.length > 7 && unknown.length === 0);

describe('the page that translates', () => {
  const { visit: visitHost, ...host } = stage();
  before(() => mkdirSync(ARTEFACTS, { recursive: true }));
  const visit = (hash = '', options = {}) => visitHost(PAGE + hash, { viewport: { width: 1280, height: 900 }, ...options });
  const written = (page) => page.locator('#pieces').textContent();
  const about = ({ text, language }) => `#${new URLSearchParams({ text, to: language })}`;

  for (const to of ['fr', 'zh']) {
    test(`writes what the reference writes (${to}), and loads no other model`, { timeout: PATIENCE }, async () => {
      const golden = caseOf(to);
      const page = await visit();
      const asked = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.locator('#pieces button').first().waitFor();
      await page.locator('#source').fill(golden.text);
      await page.locator('#languages button').nth(to === 'fr' ? 0 : 1).click();
      await page.waitForFunction((text) => document.querySelector('#pieces').textContent.startsWith(text), golden.beam[0].text);
      assert.equal((await written(page)).replace(/end$/, ''), golden.beam[0].text);
      assert.equal(await page.locator('#pieces button').count(), golden.beam[0].ids.length + 1);
      assert.deepEqual(asked.filter((url) => /\/models\/(?!tatoeba)/.test(url)), []);
      assert.match(page.url(), new RegExp(`to=${to}`));
      page.assertClean();
    });
  }

  test('a translation grows while it is written', { timeout: PATIENCE }, async () => {
    const golden = caseOf('fr');
    const page = await visit(about(golden));
    await page.locator('#pieces button').first().waitFor();
    await page.evaluate(() => {
      const pieces = document.querySelector('#pieces');
      window.grown = [];
      new MutationObserver(() => window.grown.push(pieces.textContent)).observe(pieces, { childList: true });
    });
    // Greedily, since a beam may change its mind.
    await page.evaluate(async () => {
      const { translate } = await import('./translator.js');
      window.told = [];
      await translate(document.querySelector('#source').value, { to: 'fr', beam: 1 }, { told: (heard) => window.told.push(heard) });
    });
    const written = await page.evaluate(() => window.told.filter(({ type }) => type === 'writing').map(({ text }) => text));
    assert.equal(written.length, golden.greedy.ids.length, `${written}`);
    written.forEach((text, at) => assert.ok(golden.greedy.text.startsWith(text) && text.length >= (written[at - 1] ?? '').length, text));
    await page.locator('#source').fill(`${golden.text} ${golden.text}`);
    await page.waitForFunction(() => window.grown.length > 3 && document.querySelector('#pieces button'));
    const grown = await page.evaluate(() => window.grown);
    assert.ok(grown.filter((text) => text.endsWith('…')).length > 3, `${grown}`);
    page.assertClean();
  });

  test('another piece can be chosen, and the rest is translated behind it', { timeout: PATIENCE }, async () => {
    const golden = caseOf('fr');
    const page = await visit(about(golden));
    const first = page.locator('#pieces button').first();
    await first.waitFor();
    const before = await written(page);
    await first.click();
    const choices = page.locator('#step tr');
    assert.equal(await choices.count(), 5);
    const shares = await choices.evaluateAll((rows) => rows.map((row) => Number(row.querySelector('.bar').style.getPropertyValue('--probability'))));
    assert.deepEqual(shares, [...shares].sort((one, other) => other - one));
    assert.ok(shares.every((share) => share > 0 && share <= 1), `${shares}`);
    // What is written begins with the choice.
    const other = choices.locator('button[aria-pressed="false"]').first();
    const chosen = await other.textContent();
    await other.click();
    await page.waitForFunction((before) => document.querySelector('#pieces').textContent !== before, before);
    assert.ok((await written(page)).startsWith(chosen), `${chosen}: ${await written(page)}`);
    assert.ok(await first.evaluate((piece) => piece.classList.contains('given')));
    await page.locator('#score button').click();
    await page.waitForFunction((before) => document.querySelector('#pieces').textContent === before, before);
    page.assertClean();
  });

  test('a translation of one’s own is read as it stands, and judged', { timeout: PATIENCE }, async () => {
    const golden = caseOf('fr');
    const page = await visit(about(golden));
    await page.locator('#pieces button').first().waitFor();
    const likely = await page.evaluate(() => document.querySelector('#score').textContent);
    await page.locator('#forced > summary').click();
    await page.locator('#target').fill('Le chien mange des montagnes.');
    await page.locator('#judge').click();
    await page.waitForFunction(() => document.querySelector('#pieces').textContent.startsWith('Le chien mange des montagnes.'));
    const score = (text) => Number(text.match(/−?-?\d+\.\d+/)[0]);
    const own = await page.evaluate(() => document.querySelector('#score').textContent);
    assert.ok(score(own) < score(likely), `${own} ${likely}`);
    page.assertClean();
  });

  test('words are linked to words, in the picture and in Pharaoh format', { timeout: PATIENCE }, async () => {
    const page = await visit(about(caseOf('fr')));
    await page.locator('#pieces button').first().waitFor();
    for (const lens of [0, 1]) {
      await page.locator('#lenses button').nth(lens).click();
      const pharaoh = await page.locator('#pharaoh').textContent();
      assert.match(pharaoh, /^\d+-\d+( \d+-\d+)*$/);
      assert.equal(await page.locator('#links path').count(), pharaoh.split(' ').length);
    }
    await page.locator('#pieces button').first().hover();
    await page.locator('#links text.lit').first().waitFor();
    assert.ok(await page.locator('#links path.lit').count() >= 1);
    page.assertClean();
  });

  test('the map is of cross-attention, rows named after what they wrote, and of the others when asked', { timeout: PATIENCE }, async () => {
    const page = await visit(about(caseOf('fr')));
    await part(page, 'map').waitFor();
    const pieces = await page.locator('#pieces button').count();
    const shown = await page.evaluate(() => document.querySelector('attention-map').trace.maps.map(({ kind, queries, keys, weights, layers, heads }) => ({
      kind, rows: queries.length, whole: weights.length === layers * heads * queries.length * keys.length,
    })));
    assert.deepEqual(shown.map(({ kind, whole }) => [kind, whole]), [['encoder', true], ['decoder', true], ['cross', true]]);
    assert.deepEqual([shown[1].rows, shown[2].rows], [pieces, pieces]);
    assert.equal(await part(page, 'map').inputValue(), 'cross');
    await part(page, 'view-matrix').click();
    const size = () => part(page, 'matrix').evaluate(({ dataset }) => [Number(dataset.queries), Number(dataset.keys)]);
    assert.deepEqual(await size(), [pieces, shown[0].rows]);
    await part(page, 'map').selectOption('encoder');
    await page.waitForFunction((rows) => Number(document.querySelector('attention-map').shadowRoot.querySelector('[part~="matrix"]').dataset.queries) === rows, shown[0].rows);
    assert.deepEqual(await size(), [shown[0].rows, shown[0].rows]);
    page.assertClean();
  });

  test('what the model does not know is marked, and what is too long is said', { timeout: PATIENCE }, async () => {
    const golden = GOLDEN.cases.find(({ unknown }) => unknown.length > 0);
    const page = await visit(about(golden));
    await page.locator('#pieces button').first().waitFor();
    // Before the source's first piece is the language's tag, which has no span.
    const lacking = golden.unknown.map((place) => golden.text.slice(...golden.spans[place - 1]).trim());
    for (const word of lacking) assert.ok((await page.locator('#unknown').textContent()).includes(word), word);
    await page.locator('#source').fill('I see the dog and the cat. '.repeat(60));
    await page.locator('#cut').waitFor();
    // 60 sentences of 8 pieces, of which the model has room for less than 128 pieces.
    const [, left] = (await page.locator('#cut').textContent()).match(/last (\d+) pieces/);
    assert.ok(left > 60 * 8 - 128 && left < 60 * 8, left);
    // The text is still there.
    assert.ok((await page.locator('#source').inputValue()).length > 1000);
    await page.locator('#source').fill('');
    await page.locator('#translation').waitFor({ state: 'hidden' });
    page.assertClean();
  });

  for (const [name, options] of READERS) {
    test(`looks right and is accessible: ${name}`, { timeout: PATIENCE }, async () => {
      const page = await visit(about({ text: "The cat didn't want to come in.", language: name === 'chinese' ? 'zh' : 'fr' }), options);
      await page.locator('#pieces button').first().click();
      await part(page, 'map').waitFor();
      await part(page, 'lines').waitFor();
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      assert.equal(await page.evaluate(() => document.documentElement.lang), name === 'chinese' ? 'zh-Hans' : 'en');
      await page.screenshot({ path: `${ARTEFACTS}translation-${name}.png`, fullPage: true });
      assert.deepEqual(await serious(page), []);
      page.assertClean();
    });
  }
});
