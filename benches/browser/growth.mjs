// How time and memory grow with the text.

import { quantiles } from './statistics.mjs';

const LENGTHS = [8, 16, 32, 64, 128, 256, 512];
const FITTED_AT = 128;
const OURS = 'ours-cpu-q8';

/** Operations of a pass over T tokens: those of the dense layers, and those between tokens. */
const operations = (tokens) => 21.2e6 * tokens + 9216 * tokens ** 2;

/**
 * Times the engine at each length in `page`, which is bench/page.html.
 *
 * @returns for each length the milliseconds and how often what the number of operations promises; and the length
 *   where that is furthest from 1
 */
export async function growth(page, sequence, quick) {
  const failure = await page.evaluate((name) => window.bench.prepare(name), OURS);
  if (failure) throw new Error(failure);
  const series = await page.evaluate(
    (parameters) => window.bench.series(...parameters),
    [OURS, LENGTHS.map(sequence), quick ? 1 : 5, quick ? 3 : 6],
  );
  const engine = new Map(LENGTHS.map((tokens, index) => [tokens, quantiles(series[index])]));
  const each = engine.get(FITTED_AT).median / operations(FITTED_AT);
  const lengths = LENGTHS.map((tokens) => {
    const ratio = engine.get(tokens).median / (each * operations(tokens));
    return { tokens, engine: engine.get(tokens), ratio };
  });
  const away = ({ ratio }) => Math.max(ratio, 1 / ratio);
  const worst = lengths.reduce((one, other) => (away(other) > away(one) ? other : one));
  return { fittedAt: FITTED_AT, lengths, worst: { tokens: worst.tokens, times: away(worst), slower: worst.ratio > 1 } };
}

/**
 * The engine's memory in bytes after a text of `tokens` tokens in a page that has run nothing else but its own first
 * text: WebAssembly memory, which never shrinks, and the buffer that the weights leave the worker in.
 */
export async function memory(browser, address, { text, pieces }) {
  const page = await browser.newPage();
  try {
    await page.goto(address);
    const run = await page.evaluate(async (long) => {
      const element = document.querySelector('attention-map');
      await element.ready;
      const { backend, model, maps } = await element.run(long);
      return { backend, model, tokens: maps[0].queries.length, attention: maps[0].weights.buffer.byteLength };
    }, text);
    if (run.tokens !== pieces.length) throw new Error(`${run.tokens} tokens were run, not ${pieces.length}`);
    const [worker] = page.workers();
    // Started a second time, the engine's module answers with the program that runs.
    const webAssembly = await worker.evaluate(async () => {
      const { default: init } = await import(new URL(`./${self.engineBuild}.js`, self.location.href).href);
      return (await init()).memory.buffer.byteLength;
    });
    return { ...run, webAssembly, bytes: webAssembly + run.attention };
  } finally {
    await page.close();
  }
}
