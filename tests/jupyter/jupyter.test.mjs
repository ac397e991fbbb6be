// The Python package in a real JupyterLab, and in the pages that nbconvert makes.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { launch } from '../browser/chromium.mjs';
import { PATIENCE } from '../browser/harness.mjs';
import { jupyterLab, openLab, openNotebook, runCell, textOf } from './lab.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const ARTEFACTS = at('./artefacts/');
const PAINTED = `data:text/javascript,${encodeURIComponent(await readFile(at('../browser/painted.mjs'), 'utf8'))}`;

/** The Python in a page of the book, in its order. */
const snippets = async (path) =>
  [...(await readFile(at(path), 'utf8')).matchAll(/^```python\n(.*?)^```$/gms)].map(([, code]) => code.trimEnd());

/** Attention of 12 layers, 12 heads and 20 tokens; each head another. */
const LARGE = `import json
import numpy as np
from attention_map import AttentionMap

scores = np.random.default_rng(7).normal(size=(12, 12, 20, 20)) * 2
attentions = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
tokens = ["[CLS]", *"the animal did not cross the street be ##cause it was too tired and it slept there .".split(), "[SEP]"]
widget = AttentionMap.from_arrays(tokens, attentions, model_name="random", layer=11, head=3)
widget`;
const NUMBERS = `print(json.dumps({"shape": attentions.shape, "weights": attentions.ravel().round(5).tolist()}))`;

describe('JupyterLab', () => {
  let lab;
  let browser;
  let page;

  before(async () => {
    await mkdir(ARTEFACTS, { recursive: true });
    [lab, browser] = await Promise.all([jupyterLab(), launch()]);
    page = await openLab(await browser.newContext(), lab);
  }, { timeout: PATIENCE });
  after(async () => {
    await browser?.close();
    await lab?.stop();
  });

  /** A notebook of these cells, open in JupyterLab, in a window high enough for all of them unless it is said how high. */
  const notebook = async (name, cells, height = 1700) => {
    await lab.write(name, cells);
    await page.setViewportSize({ width: 1280, height });
    await openNotebook(page, name);
  };

  test('every cell of the guide runs, and each map is painted', { timeout: PATIENCE }, async () => {
    const cells = await snippets('../../docs/src/embed/jupyter.md');
    await notebook('guide.ipynb', cells);
    let maps = 0;
    for (const [index, code] of cells.entries()) {
      const outputs = await runCell(page, index);
      assert.deepEqual(outputs.filter(({ output_type: type }) => type === 'error'), [], code);
      if (!/^(widget|small|HTML\(.*\))$/.test(code.split('\n').at(-1))) continue;
      maps += 1;
      await isPainted(cell(page, index).locator('attention-map'), code);
    }
    assert.equal(maps, 4);
    assert.match(await textOf(page, cells.findIndex((code) => code.includes('weights.shape'))), /^\(\(6, 12, 1\d, 1\d\), 1\d\)$/);
    page.assertClean();
  });

  test('arrays are painted in the colours of their numbers, and what is chosen is on both sides', { timeout: PATIENCE }, async () => {
    await notebook('large.ipynb', [LARGE, NUMBERS, 'widget.layer, widget.head, widget.view', 'widget.layer, widget.head, widget.view = 2, 5, "matrix"']);
    await runCell(page, 0);
    await isPainted(page.locator('attention-map'));
    await page.evaluate(async ([source, { shape: [layers, heads, count], weights }]) => {
      window.trace = { maps: [{ layers, heads, queries: Array(count), weights: Float32Array.from(weights) }] };
      window.painted = await import(source);
    }, [PAINTED, JSON.parse(await textOf(page, 1))]);
    const showsHead = (layer, head) => page.waitForFunction(
      (place) => window.painted.wrongCells({ ...place, scale: 'unit' }).length === 0, { layer, head },
    );
    await showsHead(11, 3);

    // By mouse, by key, and the next view.
    await page.locator('attention-map [part~="head-next"]').click();
    await showsHead(11, 4);
    await page.keyboard.press('k');
    await page.keyboard.press('.');
    await showsHead(10, 5);
    // Of two changes JupyterLab sends the second when the kernel has taken the first.
    let told;
    for (let times = 0; times < 20 && told !== "(10, 5, 'matrix')"; times++) told = await textOf(page, 2);
    assert.equal(told, "(10, 5, 'matrix')");

    // And from Python.
    await runCell(page, 3);
    await showsHead(2, 5);
    assert.deepEqual(await page.locator('attention-map').evaluate(({ layer, head }) => [layer, head]), [2, 5]);
    page.assertClean();
    await page.screenshot({ path: `${ARTEFACTS}large.png` });
  });

  test('scrolled out of sight and back, it is painted as it was', { timeout: PATIENCE }, async () => {
    await notebook('scrolled.ipynb', [LARGE, ...Array.from({ length: 12 }, (_, at) => `print("\\n" * 40, ${at})`)], 900);
    await runCell(page, 0);
    await scrollTo(page, 0);
    await isPainted(page.locator('attention-map'));
    await page.locator('attention-map [part~="head-next"]').click();
    for (let index = 1; index <= 12; index++) await runCell(page, index);
    await scrollTo(page, 12);
    await page.waitForFunction(() => {
      const map = document.querySelector('attention-map');
      return !map || map.getBoundingClientRect().bottom < 0 || !map.checkVisibility();
    });
    await scrollTo(page, 0);
    await isPainted(page.locator('attention-map'));
    assert.equal(await page.locator('attention-map [part~="head"]').textContent(), 'Head 4');
    page.assertClean();
  });

  test("the notebook's keys are not for the map's", { timeout: PATIENCE }, async () => {
    await notebook('keys.ipynb', [LARGE, 'widget.layer']);
    await runCell(page, 0);
    await isPainted(page.locator('attention-map'));
    await page.locator('attention-map [part~="layer-previous"]').focus();
    // To the notebook: delete the cell, go down, make a cell below, hide the output.
    for (const key of ['d', 'd', 'k', 'k', 'b', 'o', 'ArrowDown']) await page.keyboard.press(key);
    await page.waitForFunction(() => document.querySelector('attention-map').layer === 9);
    const cells = () => page.evaluate(() => window.jupyterapp.shell.currentWidget.content.model.cells.length);
    assert.equal(await cells(), 2);
    assert.equal(await textOf(page, 1), '9');
  });

  test('it follows the theme of JupyterLab', { timeout: PATIENCE }, async () => {
    // The reader's system is dark all along.
    await page.emulateMedia({ colorScheme: 'dark' });
    await notebook('theme.ipynb', [LARGE]);
    await runCell(page, 0);
    const map = page.locator('attention-map');
    await isPainted(map);
    const ground = () => map.locator('[part~="root"]').evaluate((root) => {
      // The first that paints, outwards.
      for (let node = root; node; node = node.parentElement ?? node.getRootNode().host) {
        const colour = getComputedStyle(node).backgroundColor;
        if (!/, 0\)$|transparent/.test(colour)) return Math.max(...colour.match(/\d+/g).slice(0, 3).map(Number));
      }
      return 255;
    });
    const ink = () => map.locator('[part~="root"]').evaluate((root) => Math.max(...getComputedStyle(root).color.match(/\d+/g).slice(0, 3).map(Number)));
    assert.ok(await ground() > 200 && await ink() < 100, `light: ${await ground()} under ${await ink()}`);
    await page.screenshot({ path: `${ARTEFACTS}light.png` });
    await page.evaluate(() => window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' }));
    await page.waitForFunction(() => document.querySelector('attention-map').theme === 'dark');
    await page.waitForTimeout(500);
    assert.ok(await ground() < 100 && await ink() > 150, `dark: ${await ground()} under ${await ink()}`);
    await page.screenshot({ path: `${ARTEFACTS}dark.png` });
    await page.evaluate(() => window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' }));
  });

  test('maps are independent, the same map in two cells is one, and it is as wide as the cell', { timeout: PATIENCE }, async () => {
    const small = (name, more) => `${name} = AttentionMap.from_arrays(["a", "b", "c"], np.full((3, 4, 3, 3), 1 / 3)${more})\n${name}`;
    await notebook('several.ipynb', [LARGE, small('one', ''), small('two', ', height=200, controls="none"'), 'one', 'one.head, two.head, widget.head'], 4500);
    for (const index of [0, 1, 2, 3]) {
      await runCell(page, index);
      await isPainted(cell(page, index).locator('attention-map'));
    }
    await cell(page, 1).locator('[part~="head-next"]').click();
    await page.waitForFunction(() => document.querySelectorAll('attention-map')[3].head === 1);
    assert.equal(await textOf(page, 4), '(1, 0, 3)');
    const boxes = await page.locator('attention-map').evaluateAll((maps) => maps.map((map) => {
      const { width, height } = map.parentElement.getBoundingClientRect();
      return { width, height, outside: map.closest('.jp-OutputArea-output').clientWidth };
    }));
    for (const { width, outside } of boxes) assert.ok(width > outside - 40 && width <= outside, `${width} of ${outside}`);
    assert.equal(boxes[2].height, 200);
    assert.ok(boxes[0].height > 300 && boxes[0].height < 1500, `${boxes[0].height} high`);
    page.assertClean();
  });

  test('a cell that is run again leaves nothing of the map before', { timeout: PATIENCE }, async () => {
    await notebook('again.ipynb', [LARGE]);
    await page.evaluate(() => {
      window.seen = new Set();
      new MutationObserver(() => {
        for (const map of document.querySelectorAll('attention-map')) {
          if (!map.dataset.seen) window.seen.add(new WeakRef(map));
          map.dataset.seen = 'yes';
        }
      }).observe(document.body, { childList: true, subtree: true });
    });
    for (let run = 0; run < 12; run++) {
      await runCell(page, 0);
      await isPainted(page.locator('attention-map'));
    }
    const developer = await page.context().newCDPSession(page);
    // Some of what is dropped is only let go of in the next turn.
    for (let pass = 0; pass < 5; pass++) {
      await developer.send('HeapProfiler.collectGarbage');
      await page.waitForTimeout(100);
    }
    const [seen, alive] = await page.evaluate(() => [window.seen.size, [...window.seen].filter((map) => map.deref()).length]);
    assert.equal(seen, 12);
    assert.ok(alive <= 2, `${alive} of 12 maps are still there`);
  });

  test('what goes wrong is an exception with the reason, and the map stays', { timeout: PATIENCE }, async () => {
    await notebook('wrong.ipynb', [LARGE, 'widget.layer = 12', 'AttentionMap.from_arrays(tokens[1:], attentions)', 'widget.text = "A cat."', 'widget.text, widget.trace.weights.shape[:2], widget.layer', 'widget.text = " "']);
    const problem = async (index) => (await runCell(page, index)).find(({ output_type: type }) => type === 'error');
    await runCell(page, 0);
    await isPainted(page.locator('attention-map'));
    assert.match((await problem(1)).evalue, /layer is 12, and random has layers 0 to 11/);
    assert.match((await problem(2)).evalue, /19 tokens, and the attention is of 20/);
    // A text takes the place of what was given; the layer stays within the model.
    assert.equal(await problem(3), undefined);
    assert.equal(await textOf(page, 4), "('A cat.', (6, 12), 5)");
    await page.waitForFunction(() => document.querySelector('attention-map').trace?.texts[0] === 'A cat.');
    await isPainted(page.locator('attention-map'));
  });

  // --- nbconvert ----------------------------------------------------------------------------------------------------

  /** Opens a file with the network cut; `asked` is what it would have asked for. */
  const offline = async (name) => {
    const context = await browser.newContext({ viewport: { width: 1100, height: 900 } });
    const asked = [];
    await context.route(/^https?:/, (route) => {
      asked.push(route.request().url());
      return route.abort();
    });
    const read = await context.newPage();
    await read.goto(pathToFileURL(`${lab.folder}/${name}`).href);
    return { read, asked };
  };

  test('a saved notebook is a page with a picture of each map', { timeout: PATIENCE }, async () => {
    await notebook('saved.ipynb', [LARGE]);
    await runCell(page, 0);
    await isPainted(page.locator('attention-map'));
    await page.evaluate(() => window.jupyterapp.commands.execute('docmanager:save'));
    await lab.run('-m', 'nbconvert', '--to', 'html', 'saved.ipynb');
    const { read } = await offline('saved.html');
    await hasPicture(read);
    await read.screenshot({ path: `${ARTEFACTS}nbconvert.png` });
  });

  test('with the state of widgets a page needs the network, and does without it as the guide says', { timeout: PATIENCE }, async () => {
    await lab.write('stated.ipynb', [LARGE]);
    await lab.write('stateless.ipynb', [LARGE]);
    await lab.run('-m', 'nbconvert', '--to', 'notebook', '--execute', '--inplace', 'stated.ipynb');
    assert.ok(Object.keys((await lab.read('stated.ipynb')).metadata.widgets ?? {}).length, 'nbconvert --execute stores the state');
    const html = (...options) => lab.run('-m', 'nbconvert', '--to', 'html', ...options);
    await Promise.all([
      html('stated.ipynb'),
      // As the guide has them.
      html('--ClearMetadataPreprocessor.enabled=True', '--output', 'cleared', 'stated.ipynb'),
      html('--execute', '--ExecutePreprocessor.store_widget_state=False', 'stateless.ipynb'),
    ]);
    const stated = await offline('stated.html');
    assert.ok(stated.asked.some((url) => /html-manager/.test(url)), 'the widget manager is asked for');
    assert.equal(await stated.read.locator('svg text, table caption').count(), 0);
    for (const name of ['cleared.html', 'stateless.html']) {
      const { read, asked } = await offline(name);
      await hasPicture(read);
      assert.deepEqual(asked.filter((url) => /html-manager/.test(url)), []);
    }
  });

  test('to_html is the map itself in a converted page, and save a page by itself', { timeout: PATIENCE }, async () => {
    await lab.write('html.ipynb', [LARGE.replace(/\nwidget$/, ''), 'from IPython.display import HTML\nHTML(widget.to_html())', 'widget.save("alone.html")']);
    await lab.run('-m', 'nbconvert', '--to', 'html', '--execute', 'html.ipynb');
    for (const [name, own] of [['html', false], ['alone', true]]) {
      const { read, asked } = await offline(`${name}.html`);
      await isPainted(read.locator('attention-map'));
      await read.locator('attention-map [part~="head-next"]').click();
      await read.waitForFunction(() => document.querySelector('attention-map').head === 4);
      // nbconvert's own page asks for what it shows formulas with.
      if (own) assert.deepEqual(asked, []);
      await read.screenshot({ path: `${ARTEFACTS}${name}.png` });
    }
  });
});

/** Of the notebook's cells the one with that index, where all are in view. */
const cell = (page, index) => page.locator('.jp-Notebook .jp-Cell').nth(index);

const scrollTo = (page, index) =>
  page.evaluate((index) => window.jupyterapp.shell.currentWidget.content.scrollToItem(index, 'start'), index);

/** Waits until the map has a canvas of many colours. */
async function isPainted(map, what = '') {
  // A handle would keep the map from being let go of.
  await map.evaluate(async (map, what) => {
    // What is HTML is put off until it is near.
    map.scrollIntoView();
    for (const since = Date.now(); Date.now() - since < 30_000; await new Promise((passed) => setTimeout(passed, 50))) {
      const canvas = map.shadowRoot?.querySelector('canvas[part~="matrix"], canvas[part~="lines"]');
      if (!canvas?.width || !canvas.clientWidth) continue;
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      if (new Set(new Uint32Array(data.buffer)).size >= 4) return;
    }
    throw new Error(`nothing is painted ${what}; there is: ${map.shadowRoot?.textContent}`);
  }, what);
}

/** What is seen without the widget has the tokens as text. */
async function hasPicture(page) {
  const output = page.locator('.jp-OutputArea-output svg').first();
  await output.waitFor();
  const { width, height } = await output.boundingBox();
  assert.ok(width > 200 && height > 200, `${width} by ${height}`);
  const words = await output.locator('text').allTextContents();
  assert.ok(words.includes('animal') && words.includes('street'), words.join(' '));
}
