// What tests of views, lenses and filters do with the page: set what is looked at, read the numbers, take files.

import { readFile } from 'node:fs/promises';

import { CASES, FIRST, part, shows } from './harness.mjs';

/** The ids of the tables in src/view.rs, src/lens.rs and src/filter.rs; the page's own menus are compared with them. */
export const VIEWS = ['grid', 'matrix', 'lines', 'text', 'layers', 'neuron', 'table'];
export const LENSES = ['weight', 'mean', 'max', 'norm', 'value-zeroing', 'rollout', 'received'];
export const TREATMENTS = ['show', 'hide', 'renormalise'];
export const SCALES = ['unit', 'max', 'small', 'log'];

/** Lenses whose rows sum to 1. */
export const DISTRIBUTIONS = ['weight', 'mean', 'value-zeroing', 'rollout', 'received'];

/** The part of a view's canvas, or of the table. */
export const partOf = (view) => (view === 'text' ? 'shaded-text' : view);

/** Of every kind that a view has to stand: name, text, second text. */
export const TEXTS = [
  ['one token', 'a'],
  ['a sentence', FIRST],
  ['a pair', 'A man is eating food.', 'A man is eating a piece of bread.'],
  ['Chinese', '这只动物没有过马路，因为它太累了。'],
  ['Arabic', 'لم يعبر الحيوان الشارع لأنه كان متعبا.'],
  ['512 tokens', CASES.find(({ id }) => id === 'tokens-512').text],
];

/** What a page begins with, for tests that go on with one page after others. */
const PLAIN = {
  view: null, lens: null, heads: null, 'from-layer': null, special: null, punctuation: null, words: null, 'pair-part': null,
  threshold: null, scale: 'unit',
};

/** Opens the page on a wide screen and waits for its first map; painted.mjs is in `window.painted`. */
export async function opened(visit, options) {
  const page = await visit(undefined, { viewport: { width: 1280, height: 900 }, ...options });
  await shows(page, FIRST);
  await page.evaluate(() => import('/docs/painted.mjs').then((painted) => Object.assign(window, { painted })));
  return page;
}

/** Sets attributes and waits until what they ask for is shown; the others go back to where they began. Points at nothing. */
export async function explore(page, attributes) {
  await page.mouse.move(0, 0);
  await page.evaluate((attributes) => {
    const element = document.querySelector('attention-map');
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === false) element.removeAttribute(name);
      else element.setAttribute(name, value === true ? '' : value);
    }
  }, { ...PLAIN, ...attributes });
  await calm(page);
}

/** Waits until nothing is being computed, and what is there has been painted. */
export function calm(page) {
  return page.evaluate(async () => {
    const { shadowRoot } = document.querySelector('attention-map');
    do {
      for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    } while (shadowRoot.querySelector('[part~="computing"], canvas[aria-busy="true"]'));
  });
}

/** Shows a text, or a pair, and waits until its map is there. The trace stays in the page: of 512 tokens it is 75 MB. */
export async function run(page, text, textB = null) {
  await page.evaluate(async ([text, textB]) => {
    await document.querySelector('attention-map').run(text, textB);
  }, [text, textB]);
  await calm(page);
}

/**
 * All numbers of the table in the order of the text: `{ map, shown, queries, keys, caption, quantity }`, where `map` and
 * `shown`, as written, are arrays of rows, and `queries` and `keys` the words on the axes.
 */
export async function tableOf(page) {
  const { cells, ...rest } = await page.evaluate(async () => {
    const { shadowRoot } = document.querySelector('attention-map');
    const find = (part) => shadowRoot.querySelector(`[part~="${part}"]`);
    const press = async (part) => {
      find(part).click();
      for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    };
    do await press('sort-query'); while (find('sort-query').closest('th').ariaSort !== 'ascending');
    const cells = [];
    for (;;) {
      for (const row of find('table').querySelectorAll('tbody tr')) {
        const [query, key, number] = row.cells;
        const word = (cell) => [Number(cell.querySelector('small').textContent), cell.querySelector('bdi').textContent];
        cells.push([word(query), word(key), Number(number.dataset.weight), number.textContent]);
      }
      if (find('page-next').disabled) break;
      await press('page-next');
    }
    return { cells, caption: find('table').querySelector('caption').textContent, quantity: find('sort-weight').textContent };
  });
  const table = { map: [], shown: [], queries: [], keys: [], ...rest };
  for (const [[query, from], [key, to], number, shown] of cells) {
    (table.map[query] ??= [])[key] = number;
    (table.shown[query] ??= [])[key] = shown;
    table.queries[query] = from;
    table.keys[key] = to;
  }
  return table;
}

/** Presses a button that saves a file: its name and its bytes. */
export async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent('download'), part(page, button).click()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** The texts of the view's SVG, in the order of the file. */
export async function textsOfPicture(page) {
  const { bytes } = await saved(page, 'save-svg');
  return page.evaluate((svg) => {
    const picture = new DOMParser().parseFromString(svg, 'image/svg+xml');
    return [...picture.querySelectorAll('text')].map(({ textContent }) => textContent);
  }, bytes.toString('utf8'));
}

/** Whether `shown` is how the page writes a number between 0 and 1 (src/view/figures.rs). */
export function isWritten(shown, number) {
  return shown === '< 0.001' ? number > 0 && number < 0.0005 + 1e-7 : Math.abs(Number(shown) - number) <= 0.0005 + 1e-7;
}
