// What tests of comparisons and disturbances do: ask the element, and compute the same from traces in 64-bit floats.

import assert from 'node:assert/strict';

import { part } from './harness.mjs';

/** In 32-bit floats the engine's divergences are off by some millionths. */
export const CLOSE = 2e-5;

/** Puts an element with a text into a bare page, as its `element`, and waits until its model is there. */
export const placed = (page, text) => page.evaluate(async (text) => {
  window.element = document.createElement('attention-map');
  element.setAttribute('backend', 'cpu');
  element.setAttribute('text', text);
  document.body.append(element);
  await element.ready;
}, text);

/** Asks the element; its arrays become plain ones. */
export const ask = (page, question) => page.evaluate(async (question) => {
  const plain = (value) => {
    if (value instanceof Float32Array) return Array.from(value);
    if (Array.isArray(value)) return value.map(plain);
    if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
    return value;
  };
  return plain(await element.ask(question));
}, question);

/** The longest common sequence of tokens, as pairs of places: by the table of lengths, not by Myers's search. */
export function aligned(before, after) {
  const same = (i, j) => ['text', 'segment', 'special'].every((name) => before[i][name] === after[j][name]);
  const length = Array.from({ length: before.length + 1 }, () => Array(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      length[i][j] = same(i, j) ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
    }
  }
  const pairs = [];
  for (let i = 0, j = 0; i < before.length && j < after.length;) {
    if (same(i, j)) pairs.push([i++, j++]);
    else if (length[i + 1][j] >= length[i][j + 1]) i++;
    else j++;
  }
  return pairs;
}

/** Lin 1991, equation 4.1, in bits. */
export function jensenShannon(p, q) {
  const term = (x, m) => (x > 0 ? x * Math.log2(x / m) : 0);
  return p.reduce((total, x, at) => total + (term(x, (x + q[at]) / 2) + term(q[at], (x + q[at]) / 2)) / 2, 0);
}

/** One head's rows. */
export function rowsOf({ heads, queries, weights }, layer, head) {
  const count = queries.length;
  const start = (layer * heads + head) * count * count;
  return queries.map((_, query) => weights.slice(start + query * count, start + (query + 1) * count));
}

/** How far each head moved between two traces' maps, given which tokens are which: mean over the rows that both have. */
export function moves(before, after, pairs) {
  const found = [];
  for (let layer = 0; layer < before.layers; layer++) {
    for (let head = 0; head < before.heads; head++) {
      const [one, other] = [rowsOf(before, layer, head), rowsOf(after, layer, head)];
      const shared = (row, side) => {
        const taken = pairs.map((pair) => row[pair[side]]);
        const rest = row.reduce((total, weight, key) => (pairs.some((pair) => pair[side] === key) ? total : total + weight), 0);
        return [...taken, rest];
      };
      const rows = pairs.map(([i, j]) => jensenShannon(shared(one[i], 0), shared(other[j], 1)));
      found.push(rows.reduce((total, bits) => total + bits, 0) / rows.length);
    }
  }
  return found;
}

export function assertClose(got, expected, tolerance = CLOSE) {
  assert.equal(got.length, expected.length);
  got.forEach((number, at) => {
    assert.ok(Math.abs(number - expected[at]) <= tolerance, `at ${at}: expected ${expected[at]}, got ${number}`);
  });
}

/** Opens the lab on a text. */
export async function opened(page, text) {
  await page.evaluate((text) => element.run(text), text);
  await page.evaluate(() => { element.shadowRoot.querySelector('[part~="compare"]').open = true; });
  await part(page, 'lab').waitFor();
}

/** Waits until the engine is done with an experiment. */
export const rested = (page) => part(page, 'lab-busy').and(page.locator('[data-busy="false"]')).waitFor({ state: 'attached' });

/** A list of heads, as it stands. */
export const listed = (page, name) => part(page, name).locator('[part~="moved-head"]').evaluateAll((heads) => heads.map(({ dataset }) => ({
  layer: Number(dataset.layer), head: Number(dataset.head), value: Number(dataset.value),
})));

/** Divergences as such a list. */
export const ranked = (values) => values
  .map((value, at) => ({ layer: Math.floor(at / 12), head: at % 12, value }))
  .sort((one, other) => other.value - one.value || one.layer - other.layer || one.head - other.head);
