// How long a reader who comes back waits for the first map.

import { quantiles } from './statistics.mjs';

/**
 * Opens the page several times in a browser that has been there before.
 *
 * @returns milliseconds from the beginning of the navigation to the element's word that the page's own text is shown
 */
export async function visits(browser, address, times) {
  const context = await browser.newContext();
  try {
    await visit(context, address, async (page) => {
      await page.evaluate(() => navigator.serviceWorker.ready);
      await page.waitForFunction(modelIsKept);
    });
    const waits = [];
    for (let time = 0; time < times; time++) {
      const { shown, cached } = await visit(context, address);
      if (!cached) throw new Error('the model did not come from the cache on a second visit');
      waits.push(shown);
    }
    return quantiles(waits);
  } finally {
    await context.close();
  }
}

async function visit(context, address, then) {
  const page = await context.newPage();
  await page.addInitScript(watch);
  await page.goto(address);
  await page.waitForFunction(() => window.seen.shown);
  await then?.(page);
  const seen = await page.evaluate(() => window.seen);
  await page.close();
  return seen;
}

function watch() {
  window.seen = { cached: true };
  addEventListener('attention-map:progress', ({ detail }) => (window.seen.cached &&= detail.cached));
  addEventListener('attention-map:trace', () => (window.seen.shown ??= performance.now()));
}

async function modelIsKept() {
  for (const name of await caches.keys()) {
    const kept = await (await caches.open(name)).keys();
    if (kept.some(({ url }) => url.includes('model.safetensors'))) return true;
  }
  return false;
}
