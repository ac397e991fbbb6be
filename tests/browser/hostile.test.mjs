// A map in a page whose style sheet is no friend of it.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launch, required } from './chromium.mjs';
import { PATIENCE, open } from './harness.mjs';
import { serve } from './server.mjs';
import { stored } from './stored.mjs';

const ARTEFACTS = fileURLToPath(new URL('artefacts/', import.meta.url));

/** Styles of pages, from plain to hostile. Everything that is inherited is set to something that shows. */
const STYLES = {
  // But for its margin, which is the page's own.
  plain: 'body { margin: 0; }',
  hostile: `
    * { all: unset !important; font-size: 40px !important; line-height: 3 !important; color: red !important; }
    html, body, attention-map {
      letter-spacing: 12px !important; word-spacing: 20px !important; text-transform: uppercase !important; text-indent: 80px !important;
      text-align: right !important; direction: rtl !important; white-space: pre !important; font: italic 900 40px/3 fantasy !important;
      cursor: wait !important; text-shadow: 5px 5px red !important;
      list-style: square inside !important; quotes: "<<" ">>" !important; -webkit-text-stroke: 2px red !important;
      word-break: break-all !important; hyphens: auto !important; tab-size: 20 !important; font-variant: small-caps !important;
      border-collapse: separate !important; border-spacing: 30px !important; caption-side: bottom !important; empty-cells: hide !important;
      text-wrap: nowrap !important; overflow-wrap: anywhere !important; font-stretch: expanded !important;
      stroke: red !important; fill: red !important; text-underline-offset: 20px !important; orphans: 9; }`,
};

describe('a page with hostile styles', () => {
  let site;
  let browser;
  const seen = {};

  before(async () => {
    await mkdir(ARTEFACTS, { recursive: true });
    const pages = Object.entries(STYLES).map(([name, style]) => [`/${name}`, { page: `<!doctype html><html lang="en"><title>A page</title>
      <link rel="icon" href="data:,"><style>${style}</style><script type="module" src="/map/attention-map.js"></script>
      <attention-map src="/stored.json" layer="3" head="1" theme="light"></attention-map></html>` }]);
    site = await serve({ '/map/': required('ATTENTION_MAP_DIST'), '/stored.json': stored, ...Object.fromEntries(pages) });
    browser = await launch();
    for (const name of Object.keys(STYLES)) {
      const context = await browser.newContext({ viewport: { width: 900, height: 900 } });
      const page = await open(context, site, `/${name}`);
      await page.locator('attention-map [part~="matrix"]').waitFor();
      seen[name] = {};
      for (const view of ['matrix', 'text', 'table']) {
        seen[name][view] = await page.evaluate(async (view) => {
          const element = document.querySelector('attention-map');
          element.view = view;
          for (let frame = 0; frame < 6; frame++) await new Promise(requestAnimationFrame);
          const { shadowRoot } = element;
          // What each element inside looks like, and where it lies in the element.
          const own = element.getBoundingClientRect();
          return [...shadowRoot.querySelectorAll('.root *')].filter((inner) => inner.getClientRects().length).map((inner) => {
            const style = getComputedStyle(inner);
            const box = inner.getBoundingClientRect();
            const looks = ['color', 'fontSize', 'fontWeight', 'fontStyle', 'fontFamily', 'fontVariantCaps', 'lineHeight', 'letterSpacing', 'wordSpacing', 'textTransform',
              'textIndent', 'textAlign', 'direction', 'whiteSpace', 'visibility', 'cursor', 'writingMode', 'textShadow', 'webkitTextStrokeWidth', 'wordBreak', 'hyphens',
              'listStyleType', 'borderSpacing', 'borderCollapse', 'captionSide', 'textWrap', 'overflowWrap', 'fill', 'stroke'].map((name) => `${name}: ${style[name]}`);
            const place = [box.x - own.x, box.y - own.y, box.width, box.height].map(Math.round).join(' ');
            return { element: `${inner.localName} ${inner.getAttribute('part') ?? inner.className}`, place, looks: looks.join('; ') };
          });
        }, view);
        await page.screenshot({ path: `${ARTEFACTS}${name}-styles-${view}.png`, fullPage: true });
      }
      page.assertClean();
      await context.close();
    }
  }, { timeout: PATIENCE });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  for (const view of ['matrix', 'text', 'table']) {
    test(`changes nothing inside the element: ${view}`, { timeout: PATIENCE }, () => {
      assert.ok(seen.plain[view].length > 50, `${seen.plain[view].length} elements compared`);
      const differing = seen.plain[view].flatMap((one, index) => {
        const other = seen.hostile[view][index];
        if (one.element !== other?.element) return [`${one.element} is ${other?.element}`];
        const looks = one.looks.split('; ').filter((look) => !other.looks.split('; ').includes(look));
        return looks.length ? [`${one.element}: ${looks}`] : [];
      });
      assert.deepEqual(differing.slice(0, 20), []);
    });

    test(`moves nothing inside the element: ${view}`, { timeout: PATIENCE }, () => {
      // The page sets the element's own box; where it leaves it alone, what is in it lies where it lay.
      const places = (name) => seen[name][view].map(({ element, place }) => `${element} ${place}`);
      assert.deepEqual(places('hostile').slice(0, 60), places('plain').slice(0, 60));
    });
  }
});
