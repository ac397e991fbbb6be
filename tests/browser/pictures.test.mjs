// Pictures of the page in tests/browser/artefacts (not kept in the repository), for eyes to judge. What a
// program can tell of them, it does: nothing is wrong, nothing scrolls sideways, the maps are painted.

import assert from 'node:assert/strict';
import { mkdirSync, statSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { CASES, FIRST, MAP, PATIENCE, part, settles, shows, stage } from './harness.mjs';

const FOLDER = fileURLToPath(new URL('artefacts/', import.meta.url));
const WIDE = { viewport: { width: 1280, height: 900 } };
const NARROW = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const CHINESE = '这只动物没有过马路，因为它太累了。';
const ARABIC = 'لم يعبر الحيوان الشارع لأنه كان متعبا.';
const golden = (id) => CASES.find((entry) => entry.id === id).text;

const PICTURES = [
  ['wide', WIDE, FIRST],
  ['wide-dark', { ...WIDE, colorScheme: 'dark' }, FIRST],
  ['narrow', NARROW, FIRST],
  ['narrow-dark', { ...NARROW, colorScheme: 'dark' }, FIRST],
  ['chinese', WIDE, CHINESE],
  ['narrow-chinese', NARROW, CHINESE],
  ['right-to-left', WIDE, ARABIC],
  ['narrow-right-to-left', NARROW, ARABIC],
  ['one-token', WIDE, 'a'],
  ['512-tokens', WIDE, golden('tokens-512')],
  ['narrow-512-tokens', NARROW, golden('tokens-512')],
  ['cut', WIDE, golden('tokens-513-and-more')],
];

describe('pictures', () => {
  const { visit } = stage();
  const pages = new Map();

  before(() => mkdirSync(FOLDER, { recursive: true }));

  for (const [name, options, text] of PICTURES) {
    test(name, { timeout: PATIENCE }, async () => {
      // One page for each kind of screen.
      if (!pages.has(options)) pages.set(options, await visit(`${MAP}#text=${encodeURIComponent(text)}`, options));
      const page = pages.get(options);
      await page.evaluate(() => import('/docs/painted.mjs').then((painted) => Object.assign(window, { painted })));
      await part(page, 'text').fill(text);
      await shows(page, text);
      await settles(page, () => ['matrix', 'grid'].filter((part) => window.painted.colours(part) < 2));
      const file = `${FOLDER}${name}.png`;
      await page.screenshot({ path: file, fullPage: true });
      assert.ok(statSync(file).size > 10_000);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
      assert.equal(await part(page, 'error').count(), 0);
      page.assertClean();
    });
  }
});
