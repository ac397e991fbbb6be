// What is taken away: pictures, numbers and the whole trace, as files that others read.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { VIEWS, calm, explore, opened, run, saved, tableOf } from './explorer.mjs';
import { FIRST, PATIENCE, part, shows, stage } from './harness.mjs';
import { traceOf } from './study.mjs';

const PICTURES = VIEWS.filter((view) => view !== 'table');
const SCHEMA = JSON.parse(readFileSync(fileURLToPath(new URL('../../www/trace.schema.json', import.meta.url)), 'utf8'));

describe('taken away', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await opened(visit);
  }, { timeout: PATIENCE });

  for (const view of PICTURES) {
    test(`SoftAlignments 6: ${view} as SVG parses, has its words as text, and says what it is of`, { timeout: PATIENCE }, async () => {
      await explore(page, { view, layer: 3, head: 1, special: 'hide' });
      const { name, bytes } = await saved(page, 'save-svg');
      assert.equal(name, `attention-map_The-animal-didnt-cross-the-street_${view}_L3H1.svg`);
      const read = await page.evaluate((svg) => {
        const picture = new DOMParser().parseFromString(svg, 'image/svg+xml');
        const { width, height } = picture.documentElement.viewBox.baseVal;
        const outside = [...picture.querySelectorAll('rect')].filter((rect) => {
          const { x, y } = rect;
          return x.baseVal.value < -1 || y.baseVal.value < -1 || x.baseVal.value > width || y.baseVal.value > height;
        });
        const texts = [...picture.querySelectorAll('text')].map(({ textContent }) => textContent);
        return {
          error: picture.querySelector('parsererror')?.textContent ?? null, root: picture.documentElement.localName, width, height, texts,
          outside: outside.length, marks: picture.querySelectorAll('rect, line, image').length, title: picture.querySelector('title').textContent,
          scripts: picture.querySelectorAll('script, foreignObject, [onload]').length,
        };
      }, bytes.toString('utf8'));
      assert.deepEqual([read.error, read.root, read.outside, read.scripts], [null, 'svg', 0, 0]);
      assert.ok(read.width === 900 && read.height > 100 && read.marks > 10, JSON.stringify(read));
      assert.ok(read.title.includes(FIRST));
      const said = read.texts.join(' ').replaceAll('\u200b', '');
      // The neuron view is of the model's own weights, whatever lens and filters are chosen.
      const ofLens = view === 'neuron' ? ['whatever lens and filters are chosen'] : ['Weight', '0 to 1', 'Hidden:'];
      for (const fact of [FIRST, 'all-MiniLM-L6-v2', 'minilm-l6-q8.', 'layer 3 head 1', ...ofLens]) {
        assert.ok(said.includes(fact), `${fact} is not in ${said}`);
      }
      if (view !== 'grid') for (const word of ['animal', 'cross', 'tired']) assert.ok(said.replace(FIRST, '').includes(word), word);
    });
  }

  test('PNG is twice the size of the SVG, sharp, and has the colours of the page', { timeout: PATIENCE }, async () => {
    for (const view of PICTURES) {
      await explore(page, { view, layer: 3, head: 1 });
      const svg = (await saved(page, 'save-svg')).bytes.toString('utf8');
      const [, width, height] = svg.match(/ width="([\d.]+)" height="([\d.]+)"/).map(Number);
      const { name, bytes } = await saved(page, 'save-png');
      assert.match(name, new RegExp(`_${view}_L3H1\\.png$`));
      const seen = await page.evaluate(async (base64) => {
        const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const context = canvas.getContext('2d');
        context.drawImage(bitmap, 0, 0);
        const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
        return { width: bitmap.width, height: bitmap.height, colours: new Set(new Uint32Array(data.buffer)).size, clear: data.some((byte, at) => at % 4 === 3 && byte < 255) };
      }, bytes.toString('base64'));
      assert.ok(Math.abs(seen.width - 2 * width) <= 1 && Math.abs(seen.height - 2 * height) <= 1, `${view}: ${JSON.stringify(seen)} for ${width} x ${height}`);
      assert.ok(seen.colours > 10 && !seen.clear, JSON.stringify(seen));
    }
  });

  test('CSV is what the table shows, its words quoted, and no text a formula', { timeout: PATIENCE }, async () => {
    await run(page, '=SUM(1) says "no", or +1.');
    for (const attributes of [{ layer: 1, head: 4 }, { lens: 'mean', words: true, special: 'renormalise' }, { lens: 'received' }]) {
      await explore(page, { view: 'table', ...attributes });
      const { map } = await tableOf(page);
      const { name, bytes } = await saved(page, 'save-csv');
      assert.match(name, /^attention-map_SUM1-says-no-or-1_table_L1H4\.csv$/);
      const text = bytes.toString('utf8');
      assert.ok(text.startsWith('\ufeff') && text.endsWith('\r\n'));
      const [heading, ...lines] = text.slice(1).trimEnd().split('\r\n').map(cellsOf);
      assert.deepEqual(heading, ['query', 'query text', 'key', 'key text', attributes.lens ?? 'weight']);
      assert.deepEqual(lines.map((line) => Math.fround(line[4])), map.flat().map(Math.fround));
      assert.ok(lines.flat().every((cell) => !/^[=+@-]/.test(cell)));
      assert.ok(lines.some((line) => line[3] === '"'));
    }
  });

  test('JSON is the whole trace, within the error that it states, and what its schema says', { timeout: PATIENCE }, async () => {
    for (const [text, textB] of [[FIRST, null], ['A man is <eating> food.', 'He "eats" 🎉.']]) {
      await run(page, text, textB);
      const trace = await traceOf(page);
      await explore(page, { view: 'matrix', lens: 'max' });
      const { name, bytes } = await saved(page, 'save-json');
      assert.match(name, /^attention-map_.*\.json$/);
      const stored = JSON.parse(bytes.toString('utf8'));
      assert.deepEqual(violations(SCHEMA, stored), []);
      assert.deepEqual(stored.texts, textB ? [text, textB] : [text]);
      assert.equal(stored.model.id, 'minilm-l6-q8');
      const [map] = stored.maps;
      assert.deepEqual([map.layers, map.heads, map.stored.length, map.queries.length], [6, 12, 72, trace.tokens.length]);
      assert.deepEqual(map.queries.map((token) => ({ special: false, segment: 0, ...token })), trace.tokens.map((token) => ({ ...token })));
      assert.ok(map.error > 0 && map.error < 0.005);
      const decoded = weightsOf(map);
      const furthest = Math.max(...decoded.map((weight, at) => Math.abs(weight - trace.weights[at])));
      assert.ok(decoded.length === trace.weights.length && furthest <= map.error + 1e-7, `${furthest} for a stated ${map.error}`);
      assert.ok(furthest > map.error / 2, 'the stated error is that of this file');
    }
    assert.notDeepEqual(violations(SCHEMA, { format: 'attention-map', version: 1 }), []);
  });

  test('a text in another script is in the files as it was typed', { timeout: PATIENCE }, async () => {
    for (const text of ['这只动物没有过马路。', 'لم يعبر الحيوان الشارع.']) {
      await run(page, text);
      for (const view of ['matrix', 'text']) {
        await explore(page, { view });
        const { name, bytes } = await saved(page, 'save-svg');
        assert.ok(name.includes(text.split(' ')[0].slice(0, 2)) && bytes.toString('utf8').includes(text), name);
        assert.ok(!bytes.includes('\ufffd'));
      }
    }
    await calm(page);
    assert.equal(await part(page, 'error').count(), 0);
    page.assertClean();
  });
});

/** The cells of a line of RFC 4180 without line breaks in it. */
function cellsOf(line) {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
}

/** The weights of a stored map, by what the schema says of its encoding. */
function weightsOf({ encoding, stored, queries, weights }) {
  const bytes = [];
  const packed = [...Buffer.from(weights, 'base64')];
  for (let at = 0; at < packed.length; at++) {
    bytes.push(packed[at]);
    if (encoding === 'u8-runs' && packed[at] === 0) for (let more = packed[++at]; more > 0; more--) bytes.push(0);
  }
  return bytes.map((byte, at) => (byte / 255) * stored[Math.floor(at / queries.length ** 2)].largest);
}

/** What of `value` breaks a schema, of the words that ours uses; any other word is a violation, too. */
function violations(schema, value, path = '') {
  const found = [];
  const is = (type) => ({
    object: value !== null && typeof value === 'object' && !Array.isArray(value), array: Array.isArray(value), string: typeof value === 'string',
    integer: Number.isInteger(value), number: typeof value === 'number', boolean: typeof value === 'boolean',
  })[type];
  const within = (inner, part, name) => found.push(...violations(inner, part, `${path}/${name}`));
  const breaks = (holds, word) => { if (!holds) found.push(`${path}: ${word}`); };
  const words = {
    $ref: (ref) => within(SCHEMA.$defs[ref.replace('#/$defs/', '')], value, ''),
    type: (type) => breaks(is(type), `type ${type}`),
    const: (constant) => breaks(value === constant, `const ${constant}`),
    enum: (all) => breaks(all.includes(value), `enum ${all}`),
    required: (names) => names.forEach((name) => breaks(Object.hasOwn(value, name), `required ${name}`)),
    properties: (inner) => Object.entries(inner).forEach(([name, each]) => { if (Object.hasOwn(value, name)) within(each, value[name], name); }),
    items: (inner) => value.forEach((item, at) => within(inner, item, at)),
    minItems: (least) => breaks(value.length >= least, `minItems ${least}`),
    maxItems: (most) => breaks(value.length <= most, `maxItems ${most}`),
    minimum: (least) => breaks(value >= least, `minimum ${least}`),
    maximum: (most) => breaks(value <= most, `maximum ${most}`),
    pattern: (pattern) => breaks(new RegExp(pattern).test(value), `pattern ${pattern}`),
    if: () => within(violations(schema.if, value).length === 0 ? schema.then ?? {} : schema.else ?? {}, value, ''),
  };
  const told = ['$schema', 'title', 'description', '$defs', 'default', 'then', 'else'];
  for (const [word, meaning] of Object.entries(schema)) {
    if (words[word]) words[word](meaning);
    else breaks(told.includes(word), `${word} is not checked`);
  }
  return found;
}
