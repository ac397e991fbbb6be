// Stored maps: painted by the small program alone, whoever's attention they are; run live when a reader wants that.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { required } from './chromium.mjs';
import { HOST, PATIENCE, part, stage } from './harness.mjs';

const WORDS = ['[CLS]', 'the', 'cat', 'sat', 'down', '[SEP]'];
const TEXT = 'the cat sat down';

/** A stored trace of `layers` times `heads` maps, of those in `stored`, whose weights are known to the last bit. */
function file({ layers = 6, heads = 12, stored, model = { id: 'minilm-l6-q8', name: 'all-MiniLM-L6-v2' }, ...rest } = {}) {
  stored ??= Array.from({ length: layers * heads }, (_, at) => [Math.floor(at / heads), at % heads]);
  const count = WORDS.length;
  let at = 0;
  const queries = WORDS.map((text) => {
    if (text.startsWith('[')) return { text, start: at, end: at, special: true };
    const start = TEXT.indexOf(text, at);
    at = start + text.length;
    return { text, start, end: at };
  });
  const bytes = stored.flatMap(([layer, head]) => levels(layer, head));
  return {
    format: 'attention-map', version: 1, program: '0.1.0', model, backend: 'cpu', texts: [TEXT], cuts: [],
    maps: [{
      kind: 'self', layers, heads, queries, encoding: 'u8', error: 0.001,
      stored: stored.map(([layer, head]) => ({ layer, head, largest: 0.5 })),
      weights: Buffer.from(bytes).toString('base64'),
    }],
    ...rest,
  };

  function levels(layer, head) {
    return Array.from({ length: count * count }, (_, cell) => ((cell * 37 + layer * 11 + head * 5) * 53) % 256);
  }
}

/** The rows of a stored head. */
function rows(stored, index) {
  const [map] = stored.maps;
  const count = map.queries.length;
  const bytes = Buffer.from(map.weights, 'base64');
  return Array.from({ length: count }, (_, query) => Array.from({ length: count }, (_, key) => (
    Math.fround(bytes[(index * count + query) * count + key] * map.stored[index].largest) / 255
  )));
}

const KNOWN = JSON.parse(readFileSync(new URL('../../www/trace.schema.json', import.meta.url), 'utf8'));

/** Puts an element with `attributes` and `inside` into the page, and waits until its stored map is painted. */
async function place(page, attributes, inside = '') {
  await page.evaluate(async ([attributes, inside]) => {
    document.body.replaceChildren();
    const element = document.createElement('attention-map');
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.innerHTML = inside;
    document.body.append(element);
    await element.ready;
    for (let frame = 0; frame < 4; frame++) await new Promise(requestAnimationFrame);
    Object.assign(window, { element, painted: await import('/docs/painted.mjs') });
  }, [attributes, inside]);
}

/** Opens a bare page whose server has `files`, and keeps the names of what is asked for in `page.asked`. */
async function opened(visit, files = {}, options = {}) {
  const page = await visit(HOST, { viewport: { width: 900, height: 1000 }, ...options });
  page.asked = [];
  page.on('request', (request) => page.asked.push(new URL(request.url()).pathname.replace(/.*\/map\//, '')));
  for (const [name, content] of Object.entries(files)) {
    await page.route(`**/${name}`, (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify(content) }));
  }
  return page;
}

const child = (stored) => `<script type="application/json">${JSON.stringify(stored)}</script>`;

describe('a stored map', () => {
  const { visit } = stage();

  test('is painted by the small program alone, without engine, worker or model', { timeout: PATIENCE }, async () => {
    const stored = file();
    const page = await opened(visit, { 'stored.json': stored });
    await place(page, { src: 'stored.json', layer: 2, head: 7 });
    assert.deepEqual(await page.evaluate((rows) => painted.wrongCellsOf({ part: 'matrix', rows, scale: 'unit' }), rows(stored, 2 * 12 + 7)), []);
    assert.deepEqual(page.asked.filter((name) => /app|lab|engine|models/.test(name)), []);
    assert.ok(page.asked.some((name) => name.endsWith('viewer_bg.wasm')));
    assert.equal(page.workers().length, 0);
    assert.match(await part(page, 'status').innerText(), /Stored map.*all-MiniLM-L6-v2.*6 tokens.*weights within 0\.001/s);
    page.assertClean();
  });

  test('may stand inside of the element, beside what is shown without JavaScript', { timeout: PATIENCE }, async () => {
    const stored = file({ stored: [[3, 7]] });
    const page = await opened(visit);
    await place(page, {}, `${child(stored)}<p id="fallback">A table for those without it.</p>`);
    assert.deepEqual(await page.evaluate((rows) => painted.wrongCellsOf({ part: 'matrix', rows, scale: 'unit' }), rows(stored, 0)), []);
    assert.deepEqual(await page.evaluate(() => [element.layer, element.head, element.trace.maps[0].stored]), [0, 0, [[3, 7]]]);
    assert.equal(await part(page, 'head').innerText(), 'Layer 3 head 7');
    assert.equal(await part(page, 'layer-next').count(), 0);
    assert.equal(await page.locator('#fallback').isVisible(), false);
    const without = await visit(HOST, { javaScriptEnabled: false });
    const fallback = `<attention-map>${child(stored)}<p id="fallback">A table for those without it.</p></attention-map>`;
    await without.route('**/plain.html', (route) => route.fulfill({ contentType: 'text/html', body: fallback }));
    await without.goto(new URL('plain.html', without.url()).href);
    assert.equal(await without.locator('#fallback').isVisible(), true);
    await without.close();
    page.assertClean();
  });

  test('of some heads offers those, and says so where another is asked for', { timeout: PATIENCE }, async () => {
    const stored = file({ stored: [[0, 1], [3, 7], [5, 11]] });
    const page = await opened(visit, { 'stored.json': stored });
    await place(page, { src: 'stored.json', layer: 3, head: 7 });
    const menu = part(page, 'head');
    assert.deepEqual(await menu.locator('option').allInnerTexts(), ['Layer 0 head 1', 'Layer 3 head 7', 'Layer 5 head 11']);
    await menu.selectOption({ label: 'Layer 5 head 11' });
    await page.waitForFunction(() => element.layer === 5 && element.head === 11);
    await page.waitForFunction((rows) => painted.wrongCellsOf({ part: 'matrix', rows, scale: 'unit' }).length === 0, rows(stored, 2));
    await page.evaluate(() => { element.head = 2; });
    await part(page, 'invitation').getByText('Layer 5 head 2 is not stored here.').waitFor();
    await page.evaluate(() => { element.view = 'grid'; });
    await part(page, 'said').getByText('3 of 72 maps are stored here.').waitFor();
    page.assertClean();
  });

  test('runs live when the reader wants, and can be typed into then', { timeout: PATIENCE }, async () => {
    const page = await opened(visit, { 'stored.json': file({ model: { id: 'minilm-l6-q8', name: 'all-MiniLM-L6-v2', sha256: await weightsHash() } }) });
    await place(page, { src: 'stored.json', layer: 1, head: 2, backend: 'cpu' });
    assert.equal(await part(page, 'text').count(), 0);
    await part(page, 'run-live').click();
    await page.waitForFunction(() => window.trace?.backend === 'cpu' && window.trace.milliseconds > 0);
    assert.deepEqual(await page.evaluate(() => [element.layer, element.head, window.trace.texts]), [1, 2, [TEXT]]);
    await part(page, 'text').fill('the dog sat down');
    await page.waitForFunction(() => window.trace.texts[0] === 'the dog sat down' && element.text === 'the dog sat down');
    page.assertClean();
  });

  test('a script that runs another text has the engine loaded', { timeout: PATIENCE }, async () => {
    const page = await opened(visit, { 'stored.json': file({ model: { id: 'minilm-l6-q8', name: 'all-MiniLM-L6-v2', sha256: await weightsHash() } }) });
    await place(page, { src: 'stored.json', backend: 'cpu' });
    const texts = await page.evaluate(async () => (await element.run('one', 'two')).texts);
    assert.deepEqual(texts, ['one', 'two']);
    page.assertClean();
  });

  test('that is read only, or of a model that is not here, is not run', { timeout: PATIENCE }, async () => {
    const known = { id: 'minilm-l6-q8', name: 'all-MiniLM-L6-v2', sha256: await weightsHash() };
    const page = await opened(visit, { 'known.json': file({ model: known }), 'other.json': file({ model: { id: 'gpt2', name: 'GPT-2' }, backend: 'other' }) });
    await place(page, { src: 'known.json' });
    assert.equal(await part(page, 'run-live').count(), 1);
    await place(page, { src: 'known.json', 'read-only': '' });
    assert.equal(await part(page, 'run-live').count(), 0);
    await place(page, { src: 'other.json' });
    assert.equal(await part(page, 'run-live').count(), 0);
    assert.match(await part(page, 'status').innerText(), /GPT-2/);
    page.assertClean();
  });

  test('of a larger model than any of the page’s is shown whole', { timeout: PATIENCE }, async () => {
    const stored = file({ layers: 24, heads: 16, model: { id: 'mine', name: 'My own model' }, backend: 'other' });
    const page = await opened(visit, { 'stored.json': stored });
    await place(page, { src: 'stored.json', layer: 23, head: 15 });
    assert.deepEqual(await page.evaluate((rows) => painted.wrongCellsOf({ part: 'matrix', rows, scale: 'unit' }), rows(stored, 24 * 16 - 1)), []);
    await place(page, { src: 'stored.json', layer: 24 });
    await part(page, 'notice').getByText('from 0 to 23').waitFor();
    page.assertClean();
  });

  test('through a lens that takes more than weights is the weight, and says so', { timeout: PATIENCE }, async () => {
    const page = await opened(visit, { 'stored.json': file() });
    await place(page, { src: 'stored.json', lens: 'norm' });
    await part(page, 'notice').getByText('takes more than there is here').waitFor();
    assert.match(await part(page, 'lens-note').innerText(), /^Weight/);
    await page.evaluate(() => { element.lens = 'rollout'; });
    await page.waitForFunction(() => /^Rollout/.test(element.shadowRoot.querySelector('[part="lens-note"]').textContent));
    assert.equal(await part(page, 'notice').count(), 0);
    page.assertClean();
  });

  test('is looked at as the file says, unless an attribute says otherwise', { timeout: PATIENCE }, async () => {
    const state = JSON.stringify({ layer: 4, head: 3, view: 'lines', special: 'hide', text: 'else', model: 'none' });
    const page = await opened(visit, { 'stored.json': file({ state }) });
    await place(page, { src: 'stored.json', head: 5 });
    const { layer, head, view, special, text } = await page.evaluate(() => element.state);
    assert.deepEqual([layer, head, view, special, text], [4, 5, 'lines', 'hide', TEXT]);
    page.assertClean();
  });

  test('gives its trace, its state and its pictures to scripts at once', { timeout: PATIENCE }, async () => {
    const stored = file();
    const page = await opened(visit, { 'stored.json': stored });
    await place(page, { src: 'stored.json' });
    const told = await page.evaluate(async () => {
      const { trace } = element;
      element.layer = 2;
      element.head = 7;
      element.theme = 'dark';
      // In the same turn as the attributes.
      const svg = element.toSVG();
      const picture = new DOMParser().parseFromString(svg, 'image/svg+xml');
      const png = await element.toBlob();
      const { width } = await createImageBitmap(png);
      element.state = { view: 'text', threshold: '0.1', textB: undefined };
      return {
        root: picture.documentElement.localName, said: picture.querySelector('desc').textContent, width, type: png.type,
        weights: [...trace.maps[0].weights.slice(0, 36)], counts: [trace.maps[0].layers, trace.maps[0].heads, trace.maps[0].queries.length], tokens: trace.maps[0].queries.map(({ text }) => text),
        view: element.view, threshold: element.threshold, state: element.state.threshold,
      };
    });
    assert.equal(told.root, 'svg');
    assert.match(told.said, /layer 2 head 7/);
    assert.match(told.said, /stored; weights within 0\.001/);
    assert.deepEqual([told.width, told.type, told.counts, told.tokens], [1800, 'image/png', [6, 12, 6], WORDS]);
    assert.deepEqual(told.weights, rows(stored, 0).flat().map(Math.fround));
    assert.deepEqual([told.view, told.threshold, told.state], ['text', 0.1, '0.1']);
    page.assertClean();
  });

  test('can be given by a script, as it was stored or as another element ran it', { timeout: PATIENCE }, async () => {
    const first = file();
    const page = await opened(visit);
    await page.evaluate(async (stored) => {
      window.element = document.createElement('attention-map');
      element.trace = stored;
      document.body.append(element);
      await element.ready;
      window.painted = await import('/docs/painted.mjs');
    }, first);
    await page.waitForFunction((rows) => painted.wrongCellsOf({ part: 'matrix', rows, scale: 'unit' }).length === 0, rows(first, 0));
    const again = await page.evaluate(() => {
      const trace = structuredClone(element.trace);
      trace.model = 'of-my-own';
      trace.backend = 'other';
      trace.maps[0].weights = trace.maps[0].weights.map((weight) => weight / 2);
      element.trace = trace;
      return [element.trace === trace || element.trace.model, element.state.madeWith];
    });
    assert.deepEqual(again, ['of-my-own', 'of-my-own']);
    const halved = rows(first, 0).map((row) => row.map((weight) => weight / 2));
    await page.waitForFunction((rows) => painted.wrongCellsOf({ part: 'matrix', rows, scale: 'unit' }).length === 0, halved);
    const refused = await page.evaluate(() => [{}, '{', { format: 'attention-map', version: 2 }, null].map((wrong) => {
      try {
        element.trace = wrong;
        return 'taken';
      } catch (error) {
        return error.code;
      }
    }));
    assert.deepEqual(refused, ['trace-invalid', 'trace-invalid', 'trace-invalid', 'taken']);
    const nan = await page.evaluate(() => {
      const trace = structuredClone(element.trace);
      trace.maps[0].weights[5] = NaN;
      try {
        element.trace = trace;
      } catch (error) {
        return error.message;
      }
      return 'taken';
    });
    assert.equal(nan, 'a weight of layer 0 head 0 is not from 0 to 1');
    assert.deepEqual(await page.evaluate((rows) => painted.wrongCellsOf({ part: 'matrix', rows, scale: 'unit' }), halved), []);
    page.assertClean();
  });

  test('that is missing, malformed or newer leaves the fallback, and says what is wrong', { timeout: PATIENCE }, async () => {
    const page = await opened(visit, { 'wrong.json': { format: 'attention-map', version: 1 }, 'newer.json': { format: 'attention-map', version: 2 } });
    await page.route('**/missing.json', (route) => route.fulfill({ status: 404, body: 'no' }));
    for (const [src, code, said] of [['missing.json', 'fetch-failed', '404'], ['wrong.json', 'trace-invalid', 'has no field "model"'], ['newer.json', 'trace-invalid', 'version 2']]) {
      await page.evaluate((src) => {
        document.body.innerHTML = `<attention-map src="${src}"><p id="fallback">As it was</p></attention-map>`;
        window.heard.length = 0;
        window.waited = document.querySelector('attention-map').ready.then(() => 'ready', ({ code }) => code);
      }, src);
      assert.equal(await page.evaluate(() => window.waited), code);
      await part(page, 'error').getByText(said).waitFor();
      assert.ok(await page.locator('#fallback').isVisible());
      assert.deepEqual(await page.evaluate(() => window.heard.map(({ code }) => code)), [code]);
      assert.ok(await part(page, 'retry').isVisible());
    }
    page.assertClean();
  });

  test('another address has another map shown; nothing is fetched before it is near', { timeout: PATIENCE }, async () => {
    const [first, second] = [file(), file({ stored: [[0, 0]], layers: 1, heads: 1, model: { id: 'x', name: 'X' } })];
    const page = await opened(visit, { 'first.json': first, 'second.json': second });
    await page.evaluate(() => {
      document.body.innerHTML = '<div style="height: 5000px"></div><attention-map src="first.json"></attention-map>';
      window.element = document.querySelector('attention-map');
    });
    await page.waitForTimeout(500);
    assert.deepEqual(page.asked, []);
    await page.evaluate(async () => {
      element.scrollIntoView();
      window.painted = await import('/docs/painted.mjs');
    });
    await page.waitForFunction(() => element.shadowRoot.querySelector('[part~="matrix"]')?.dataset.cell);
    await page.evaluate(() => { element.src = 'second.json'; });
    await page.waitForFunction(() => element.trace.model === 'x');
    await page.waitForFunction((rows) => painted.wrongCellsOf({ part: 'matrix', rows, scale: 'unit' }).length === 0, rows(second, 0));
    page.assertClean();
  });

  test('the small program keeps to its 200 KB', () => {
    const { files } = JSON.parse(readFileSync(`${required('ATTENTION_MAP_DIST')}/sizes.json`, 'utf8'));
    const { gzip } = files.find(({ path }) => path === 'viewer_bg.wasm');
    assert.ok(gzip <= 200 * 1024, `${gzip} bytes gzipped`);
  });

  test('what these tests store is as the schema has it', () => {
    assert.deepEqual(KNOWN.required.filter((name) => !(name in file())), []);
  });
});

/** What the weights file of the default model hashes to, read off the table of models. */
async function weightsHash() {
  const table = readFileSync(new URL('../../src/model.rs', import.meta.url), 'utf8');
  return table.match(/id: "minilm-l6-q8"[\s\S]*?name: WEIGHTS_FILE,[\s\S]*?sha256: "([0-9a-f]{64})"/)[1];
}
