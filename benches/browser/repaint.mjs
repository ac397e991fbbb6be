// From a choice of the reader to the frame that shows it, at 512 tokens.

import { quantiles } from './statistics.mjs';

/** Times that each choice is made. */
const TIMES = 12;

/** Name, part of the control, and what is chosen in turn: buttons that are pressed, or options of a menu. */
const CHOICES = [
  ['layer', ['layer-next', 'layer-previous']],
  ['head', ['head-next', 'head-previous']],
  ['lens: mean, weight', 'lens', ['mean', 'weight']],
  ['lens: rollout, weight', 'lens', ['rollout', 'weight']],
  ['special tokens hidden, shown', 'special', ['hide', 'show']],
  ['scale', ['scale-log', 'scale-unit']],
  ...['grid', 'lines', 'text', 'layers', 'table'].map((view) => [`view: ${view}, matrix`, [`view-${view}`, 'view-matrix']]),
];

/**
 * Makes choices on the page at `address`, which shows `text`.
 *
 * @returns for each choice the milliseconds from its event to the end of the frame that was painted next
 */
export async function repaints(browser, address, text) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  try {
    await page.goto(address);
    const tokens = await page.evaluate(async (text) => {
      const { maps } = await document.querySelector('attention-map').run(text);
      return maps[0].queries.length;
    }, text);
    const choices = [];
    for (const [name, ...choice] of CHOICES) {
      choices.push({ name, painted: quantiles(await page.evaluate(measured, [TIMES, ...choice])) });
    }
    return { tokens, choices };
  } finally {
    await page.close();
  }
}

/**
 * In the page: makes a choice again and again. The page is rendered in the task of the event or right after it, and its
 * canvases are drawn in the next animation frame; a message posted from there is a task after that frame's painting.
 */
async function measured([times, control, options]) {
  const { shadowRoot } = document.querySelector('attention-map');
  const find = (part) => shadowRoot.querySelector(`[part~="${part}"]`);
  const frame = () => new Promise(requestAnimationFrame);
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now());
    channel.port2.postMessage(null);
  }));
  const choose = (turn) => {
    if (!options) return find(control[turn % control.length]).click();
    const menu = find(control);
    menu.value = options[turn % options.length];
    menu.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const found = [];
  for (let turn = 0; turn < times; turn++) {
    for (let rest = 0; rest < 10; rest++) await frame();
    const start = performance.now();
    choose(turn);
    found.push((await painted()) - start);
  }
  // What is made for the first time may have to be compiled and allocated.
  return found.slice(2);
}
