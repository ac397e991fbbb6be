// How long a model takes to learn, on the page on which it learns, in the settings that a reader finds there.

const TASKS = ['dates', 'reverse', 'copy', 'sort'];
/** Share of unseen pairs that are to be written without a fault. */
const ENOUGH = 95;

/** For each task and learning rate the steps and seconds until `ENOUGH` of the unseen pairs are written without a fault; null where
 * the page pauses by itself before. */
export async function lessons(browser, address, { rates = ['0.001', '0.003'] } = {}) {
  const found = [];
  for (const task of TASKS) {
    for (const rate of rates) {
      const page = await browser.newPage();
      try {
        await page.goto(`${address}learn.html#task=${task}&rate=${rate}`);
        await page.locator('#maps td').first().waitFor();
        found.push({ task, rate, enough: ENOUGH, ...await page.evaluate(watched, ENOUGH) });
      } finally {
        await page.close();
      }
    }
  }
  return found;
}

/** In the page: starts, and reads what the reader sees after each frame. */
async function watched(enough) {
  const began = performance.now();
  document.querySelector('#run').click();
  for (;;) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const steps = Number.parseInt(document.querySelector('#status').textContent, 10);
    const exact = Number.parseFloat(document.querySelectorAll('figure .newest')[2].textContent);
    if (exact >= enough) return { steps, seconds: (performance.now() - began) / 1000 };
    if (document.querySelector('#run').textContent !== 'Pause') return { steps: null, seconds: null };
  }
}
