// Fingers, and the wheel: what is pressed long, what is zoomed, and what is the page's own.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { CASES, FIRST, MAP, PATIENCE, layout, part, shows, stage } from './harness.mjs';

const LONG = CASES.find(({ id }) => id === 'tokens-128').text;
const SPOTS = ['origin-x', 'origin-y', 'cell', 'zoom', 'frame-x', 'frame-y', 'frame-width'];

/** Where the canvas says its cells lie, once it has been painted. */
async function seen(canvas) {
  await canvas.page().evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
  const [x, y, cell, zoom, left, top, side] = await layout(canvas, ...SPOTS);
  return { x, y, cell, zoom, left, top, side };
}

/** The map's point, in cells, that lies at a point of the canvas. */
const under = ({ x, y, cell }, at) => [(at.x - x) / cell, (at.y - y) / cell];

/** The words that are chosen, by their chips. */
const chosen = (page) => page.locator('attention-map [part~="token"].chosen').evaluateAll((chips) => chips.map((chip) => chip.dataset.index));

async function chooses(page, indices) {
  await page.waitForFunction((wanted) => {
    const chips = document.querySelector('attention-map').shadowRoot.querySelectorAll('[part~="token"].chosen');
    return [...chips].map((chip) => chip.dataset.index).join() === wanted;
  }, indices.join(), { timeout: PATIENCE / 12 }).catch(async () => assert.deepEqual(await chosen(page), indices));
}

const scrolled = (page) => page.evaluate(() => scrollY);
const scale = (page) => page.evaluate(() => visualViewport.scale);

describe('fingers on a telephone', () => {
  const { visit } = stage();
  let page, touch, canvas;

  /** `points` of `part` in the window, from points of its own. */
  async function placed(part, points) {
    const box = await part.boundingBox();
    return points.map(({ x, y }, id) => ({ x: box.x + x, y: box.y + y, id }));
  }

  /** Puts fingers on `part`, moves them in steps along the way to `to`, and lifts them. */
  async function drag(part, from, to, { steps = 8, hold = 0 } = {}) {
    const [start, end] = [await placed(part, from), await placed(part, to)];
    const send = (type, touchPoints) => touch.send('Input.dispatchTouchEvent', { type, touchPoints });
    await send('touchStart', start.slice(0, 1));
    if (start.length > 1) await send('touchStart', start);
    await page.waitForTimeout(hold);
    for (let step = 1; step <= steps; step++) {
      await send('touchMove', start.map((one, id) => ({
        x: one.x + ((end[id].x - one.x) * step) / steps, y: one.y + ((end[id].y - one.y) * step) / steps, id,
      })));
    }
    await send('touchEnd', []);
  }

  const press = (part, at) => drag(part, [at], [at], { steps: 0, hold: 900 });
  /** The middle of a cell on the canvas. */
  const middle = ({ x, y, cell }, query, key) => ({ x: x + (key + 0.5) * cell, y: y + (query + 0.5) * cell });

  before(async () => {
    page = await visit(undefined, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
    touch = await page.context().newCDPSession(page);
    canvas = part(page, 'matrix');
    await shows(page, FIRST);
    await canvas.scrollIntoViewIfNeeded();
  }, { timeout: PATIENCE });

  test('a long press on a cell chooses its row’s word beside others, and another lets it go', { timeout: PATIENCE }, async () => {
    const spots = await seen(canvas);
    await press(canvas, middle(spots, 3, 5));
    await chooses(page, ['3']);
    await press(canvas, middle(spots, 6, 2));
    await chooses(page, ['3', '6']);
    await press(canvas, middle(spots, 3, 9));
    await chooses(page, ['6']);
    // A short one is a tap, which takes the place of what was chosen.
    await canvas.tap({ position: middle(spots, 1, 1) });
    await page.locator('attention-map [part~="weight"][data-query="1"][data-key="1"]').waitFor();
    await chooses(page, []);
    await canvas.tap({ position: middle(spots, 1, 1) });
  });

  test('a long press on a word chooses it beside others', { timeout: PATIENCE }, async () => {
    const chips = part(page, 'token');
    await chips.nth(2).scrollIntoViewIfNeeded();
    await press(chips.nth(2), { x: 12, y: 12 });
    await chooses(page, ['2']);
    await press(chips.nth(5), { x: 12, y: 12 });
    await chooses(page, ['2', '5']);
    await chips.nth(4).tap();
    await chooses(page, ['4']);
    await chips.nth(4).tap();
    await chooses(page, []);
  });

  test('a long press on a thumbnail chooses its head beside others', { timeout: PATIENCE }, async () => {
    const grid = part(page, 'grid');
    await grid.scrollIntoViewIfNeeded();
    const [x, y, side, pitch] = await layout(grid, 'origin-x', 'origin-y', 'side', 'pitch');
    await press(grid, { x: x + 3 * pitch + side / 2, y: y + 4 * pitch + side / 2 });
    await part(page, 'choose-none').waitFor();
    assert.equal(await part(page, 'choose-none').textContent(), 'let 1 head go');
    await part(page, 'choose-none').tap();
    await part(page, 'choose-none').waitFor({ state: 'detached' });
  });

  test('a finger that goes down the map scrolls the page and chooses nothing', { timeout: PATIENCE }, async () => {
    await canvas.scrollIntoViewIfNeeded();
    const before = await scrolled(page);
    await drag(canvas, [{ x: 200, y: 260 }], [{ x: 200, y: 60 }]);
    await page.waitForFunction((before) => scrollY > before + 50, before);
    assert.equal(await part(page, 'weight').count(), 0);
    assert.deepEqual(await chosen(page), []);
  });

  test('two fingers zoom the map about what is between them, and not the page', { timeout: PATIENCE }, async () => {
    await part(page, 'text').fill(LONG);
    await shows(page, LONG);
    await canvas.scrollIntoViewIfNeeded();
    const [before, page0] = [await seen(canvas), await scrolled(page)];
    assert.equal(before.zoom, 1);
    const at = { x: before.left + 0.4 * before.side, y: before.top + 0.6 * before.side };
    const apart = (by) => [{ x: at.x - by, y: at.y - by }, { x: at.x + by, y: at.y + by }];
    await drag(canvas, apart(15), apart(60));
    const after = await seen(canvas);
    assert.ok(Math.abs(after.zoom - 4) < 0.05, `${after.zoom}`);
    const [held, now] = [under(before, at), under(after, at)];
    // A device pixel of what was seen before.
    for (const axis of [0, 1]) assert.ok(Math.abs(held[axis] - now[axis]) < 0.75, `${held} moved to ${now}`);
    assert.deepEqual([await scale(page), await scrolled(page)], [1, page0]);
    assert.equal(await part(page, 'weight').count(), 0);
    assert.deepEqual(await chosen(page), []);
  });

  test('one finger moves the map that is zoomed, and a tap reads it', { timeout: PATIENCE }, async () => {
    const [before, page0] = [await seen(canvas), await scrolled(page)];
    assert.ok(before.zoom > 3);
    const from = { x: before.left + 0.3 * before.side, y: before.top + 0.7 * before.side };
    const to = { x: from.x + 30, y: from.y - 40 };
    await drag(canvas, [from], [to]);
    const after = await seen(canvas);
    const [held, now] = [under(before, from), under(after, to)];
    for (const axis of [0, 1]) assert.ok(Math.abs(held[axis] - now[axis]) < 0.2, `${held} moved to ${now}`);
    assert.equal(await scrolled(page), page0);
    const cell = under(after, to).map(Math.floor);
    await canvas.tap({ position: to });
    await page.locator(`attention-map [part~="weight"][data-query="${cell[1]}"][data-key="${cell[0]}"]`).waitFor();
    await canvas.tap({ position: to });
    await part(page, 'weight').waitFor({ state: 'detached' });
  });

  test('fingers that come together show all of it again, and the page scrolls again', { timeout: PATIENCE }, async () => {
    const { left, top, side } = await seen(canvas);
    const at = { x: left + side / 2, y: top + side / 2 };
    const apart = (by) => [{ x: at.x - by, y: at.y }, { x: at.x + by, y: at.y }];
    await drag(canvas, apart(90), apart(8));
    assert.equal((await seen(canvas)).zoom, 1);
    const before = await scrolled(page);
    await drag(canvas, [{ x: at.x, y: at.y - 60 }], [{ x: at.x, y: at.y + 60 }]);
    await page.waitForFunction((before) => scrollY < before - 40, before);
    page.assertClean();
  });
});

describe('the wheel and the buttons', () => {
  const { visit } = stage();
  let page, canvas;

  before(async () => {
    page = await visit(undefined, { viewport: { width: 1280, height: 720 } });
    canvas = part(page, 'matrix');
    await shows(page, FIRST);
  }, { timeout: PATIENCE });

  test('there are buttons where there are many words', { timeout: PATIENCE }, async () => {
    assert.equal(await part(page, 'zoom-in').count(), 0);
    await part(page, 'text').fill(LONG);
    await shows(page, LONG);
    await part(page, 'zoom-in').click();
    await part(page, 'zoom-in').click();
    assert.ok(Math.abs((await seen(canvas)).zoom - 2.25) < 1e-6);
    await part(page, 'zoom-out').click();
    assert.ok(Math.abs((await seen(canvas)).zoom - 1.5) < 1e-6);
    await part(page, 'zoom-all').click();
    assert.equal((await seen(canvas)).zoom, 1);
    assert.ok(await part(page, 'zoom-out').isDisabled());
    await part(page, 'view-lines').click();
    await part(page, 'zoom-in').waitFor({ state: 'detached' });
    await part(page, 'view-matrix').click();
  });

  test('with Ctrl it zooms at the pointer, without it moves what is zoomed, and else the page', { timeout: PATIENCE }, async () => {
    await canvas.scrollIntoViewIfNeeded();
    await page.evaluate(() => scrollBy(0, -40));
    const before = await seen(canvas);
    const at = { x: before.left + 0.7 * before.side, y: before.top + 0.4 * before.side };
    await canvas.hover({ position: at });
    const page0 = await scrolled(page);
    await page.keyboard.down('Control');
    for (let turn = 0; turn < 5; turn++) await page.mouse.wheel(0, -120);
    await page.keyboard.up('Control');
    const zoomed = await seen(canvas);
    assert.ok(zoomed.zoom > 3, `${zoomed.zoom}`);
    for (const axis of [0, 1]) {
      const [held, now] = [under(before, at)[axis], under(zoomed, at)[axis]];
      assert.ok(Math.abs(held - now) < 1, `${held} moved to ${now}`);
    }
    await page.mouse.wheel(25, 40);
    const moved = await seen(canvas);
    assert.ok(Math.abs(zoomed.x - moved.x - 25) <= 1.5 && Math.abs(zoomed.y - moved.y - 40) <= 1.5, JSON.stringify([zoomed, moved]));
    assert.equal(await scrolled(page), page0);
    await page.keyboard.down('Control');
    for (let turn = 0; turn < 8; turn++) await page.mouse.wheel(0, 120);
    await page.keyboard.up('Control');
    assert.equal((await seen(canvas)).zoom, 1);
    assert.equal(await scrolled(page), page0);
    await page.mouse.wheel(0, 60);
    await page.waitForFunction((before) => scrollY > before, page0);
    page.assertClean();
  });
});
