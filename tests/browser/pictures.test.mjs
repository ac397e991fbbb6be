// Pictures of the page in tests/browser/artefacts (not kept in the repository), for eyes to judge. What a
// program can tell of them, it does: nothing is wrong, nothing scrolls sideways, the maps are painted.

import assert from 'node:assert/strict';
import { mkdirSync, statSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { TEXTS, VIEWS, explore, partOf, run } from './explorer.mjs';
import { CASES, FIRST, PATIENCE, part, settles, shows, stage } from './harness.mjs';

const FOLDER = fileURLToPath(new URL('artefacts/', import.meta.url));
const WIDE = { viewport: { width: 1280, height: 900 } };
const NARROW = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const SCREENS = [
  ['wide', WIDE],
  ['wide-dark', { ...WIDE, colorScheme: 'dark' }],
  ['narrow', NARROW],
  ['narrow-dark', { ...NARROW, colorScheme: 'dark' }],
];
const CUT = CASES.find(({ id }) => id === 'tokens-513-and-more').text;
const [, , PAIR, CHINESE, ARABIC, LONG] = TEXTS;

/** Name, text, second text, and what is looked at. */
const PICTURES = [
  ...VIEWS.map((view) => [view, FIRST, null, { view, layer: 3, head: 1 }]),
  ['one-token', 'a', null, {}],
  ['pair-part', PAIR[1], PAIR[2], { view: 'matrix', layer: 4, head: 2, 'pair-part': 'a-b', special: 'hide', words: true }],
  ['several-heads', FIRST, null, { view: 'lines', layer: 3, head: 1, heads: '0.2 1.3 2.5 3.5 4.0 4.7 5.1 5.2 5.6 5.8 5.9 5.11' }],
  ['logarithmic', FIRST, null, { view: 'matrix', layer: 3, head: 5, scale: 'log', threshold: 0.01 }],
  ['rollout', FIRST, null, { view: 'matrix', lens: 'rollout', layer: 5, head: 0, scale: 'max' }],
  ['received', FIRST, null, { view: 'matrix', lens: 'received', layer: 5, head: 0 }],
  ['nothing-left', '... !?', null, { view: 'matrix', special: 'hide', punctuation: 'hide' }],
  ...['matrix', 'lines', 'text', 'layers'].map((view) => [`chinese-${view}`, CHINESE[1], null, { view }]),
  ...['matrix', 'lines', 'text', 'layers', 'neuron'].map((view) => [`right-to-left-${view}`, ARABIC[1], null, { view }]),
  ...VIEWS.map((view) => [`512-tokens-${view}`, LONG[1], null, { view, layer: 3, head: 1 }]),
  ['cut', CUT, null, { view: 'text' }],
];

for (const [screen, options] of SCREENS) {
  describe(`pictures, ${screen}`, () => {
    const { visit } = stage();
    let page;
    let ran;

    before(async () => {
      mkdirSync(FOLDER, { recursive: true });
      page = await visit(undefined, options);
      await shows(page, FIRST);
      await page.evaluate(() => import('/docs/painted.mjs').then((painted) => Object.assign(window, { painted })));
    }, { timeout: PATIENCE });

    for (const [name, text, textB, attributes] of PICTURES) {
      // What the ground does not change by much is seen on one, and what is long on the wide screen.
      if (screen.endsWith('dark') && /^(chinese|right-to-left|512)/.test(name)) continue;
      if (screen === 'narrow' && /^512/.test(name) && !['matrix', 'text'].includes(attributes.view)) continue;
      test(name, { timeout: PATIENCE }, async () => {
        if (ran !== text) await run(page, text, textB);
        ran = text;
        await explore(page, { layer: 3, head: 1, ...attributes });
        const shown = partOf(attributes.view ?? 'matrix');
        if (shown !== 'table' && name !== 'nothing-left') {
          await settles(page, (parts) => parts.filter((part) => window.painted.colours(part) < 3), [shown, 'grid']);
        }
        const file = `${FOLDER}${screen}-${name}.png`;
        await page.screenshot({ path: file, fullPage: true });
        assert.ok(statSync(file).size > 10_000);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
        assert.equal(await part(page, 'error').count(), 0);
        page.assertClean();
      });
    }
  });
}
