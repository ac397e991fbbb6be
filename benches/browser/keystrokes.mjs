// From a keystroke to the frame that shows its map.

import { quantiles } from './statistics.mjs';

/** 24 tokens; what is typed comes after it and goes again. */
const SENTENCE = 'the old man and his small dog walked along the river to the next town before night and slept by the fire';
const TOKENS = 24;
/** Milliseconds from one key to the next: 8 a second. */
const PACE = 125;

/**
 * Types `keys` keys into the page's own text field, letters at the end and backspaces in turn.
 *
 * @returns milliseconds from the input event to the end of the frame that drew the maps of its text, or of a later one
 *   where that overtook it; the engine's part; the lengths that were run
 */
export async function keystrokes(browser, address, keys) {
  const page = await browser.newPage();
  try {
    await page.addInitScript(watch);
    await page.goto(address);
    await page.waitForFunction(() => window.typing.traces.length > 0);
    const field = page.locator('attention-map [part~="text"]');
    await field.fill(SENTENCE);
    await page.waitForFunction(() => window.typing.shown.length > 0);
    const { tokens, backend } = await page.evaluate(() => window.typing.traces.at(-1));
    if (tokens !== TOKENS) throw new Error(`the sentence is ${tokens} tokens, not ${TOKENS}`);
    await field.press('End');
    await page.evaluate(() => {
      window.typing.traces.length = window.typing.shown.length = 0;
    });

    const start = performance.now();
    for (let index = 0; index < keys; index++) {
      await until(start + index * PACE);
      await page.keyboard.press(index % 2 ? 'Backspace' : letter(index / 2));
    }
    await page.waitForFunction((count) => window.typing.shown.length >= count, keys);
    const { traces, shown } = await page.evaluate(() => window.typing);
    const lengths = traces.map((trace) => trace.tokens);
    return {
      backend,
      shown: quantiles(shown),
      engine: quantiles(traces.map(({ milliseconds }) => milliseconds)),
      tokens: [Math.min(...lengths), Math.max(...lengths)],
      overtaken: keys - traces.length,
    };
  } finally {
    await page.close();
  }
}

const letter = (index) => String.fromCharCode('a'.charCodeAt(0) + (index % 26));

function until(time) {
  return new Promise((done) => setTimeout(done, Math.max(0, time - performance.now())));
}

/**
 * In the page. A trace answers the first input with its text that has none yet, and all before it, which it overtook.
 * The grid is drawn in an animation frame later; a message posted from there is a task after that frame's painting.
 */
function watch() {
  const unanswered = [];
  const undrawn = [];
  window.typing = { traces: [], shown: [] };
  addEventListener('input', (event) => unanswered.push({ timeStamp: event.timeStamp, text: event.composedPath()[0].value }), true);
  addEventListener('attention-map:trace', ({ detail }) => {
    const { milliseconds, backend, maps } = detail;
    window.typing.traces.push({ milliseconds, backend, tokens: maps[0].queries.length });
    undrawn.push(...unanswered.splice(0, unanswered.findIndex(({ text }) => text === detail.texts[0]) + 1));
  });
  const { clearRect } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.clearRect = function (...rectangle) {
    clearRect.apply(this, rectangle);
    if (undrawn.length === 0 || !this.canvas.part.contains('grid')) return;
    const drawn = undrawn.splice(0);
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      const now = performance.now();
      window.typing.shown.push(...drawn.map(({ timeStamp }) => now - timeStamp));
    };
    channel.port2.postMessage(null);
  };
}
