// The element as other pages use it, from JavaScript.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { HOST, PATIENCE, stage } from './harness.mjs';

describe('<attention-map> in another page', () => {
  const { visit } = stage();
  let page;

  before(async () => {
    page = await visit(HOST);
    await page.evaluate(async () => {
      window.element = document.createElement('attention-map');
      element.setAttribute('backend', 'cpu');
      document.body.append(element);
      await element.ready;
    });
  }, { timeout: PATIENCE });

  test('a run overtaken by a newer one rejects, and says so', { timeout: PATIENCE }, async () => {
    const outcomes = await page.evaluate(async () => {
      const runs = ['one', 'two', 'three'].map((text) => element.run(text));
      const settled = await Promise.allSettled(runs);
      return settled.map(({ value, reason }) => ({ texts: value?.texts, code: reason?.code, isError: reason instanceof Error }));
    });
    assert.deepEqual(outcomes, [
      { texts: undefined, code: 'overtaken', isError: true },
      { texts: undefined, code: 'overtaken', isError: true },
      { texts: ['three'], code: undefined, isError: false },
    ]);
  });

  test('as soon as a run resolves, whatever a script asks for is of it, and the screen follows', { timeout: PATIENCE }, async () => {
    const found = await page.evaluate(async () => {
      const order = [];
      element.addEventListener('attention-map:trace', () => order.push(`told of ${element.state.text}`), { once: true });
      const trace = await element.run('an otter swims');
      order.push('resolved');
      const asked = [element.trace === trace, element.state.text, element.toSVG().includes('>otter<')];
      element.layer = 2;
      order.push(`layer ${element.state.layer} of ${element.trace.texts}`);
      while (!element.shadowRoot.querySelector('[part~="tokens"]').textContent.includes('otter')) await new Promise(requestAnimationFrame);
      return { order, asked, after: [element.trace === trace, element.state.layer] };
    });
    assert.deepEqual(found, {
      order: ['told of an otter swims', 'resolved', 'layer 2 of an otter swims'],
      asked: [true, 'an otter swims', true],
      after: [true, 2],
    });
  });

  test('two elements on one page do not overtake each other', { timeout: PATIENCE }, async () => {
    const texts = await page.evaluate(async () => {
      const other = document.createElement('attention-map');
      other.setAttribute('backend', 'cpu');
      document.body.append(other);
      const traces = await Promise.all([element.run('here'), other.run('there')]);
      other.remove();
      return traces.map((trace) => trace.texts);
    });
    assert.deepEqual(texts, [['here'], ['there']]);
  });

  test('a run before the model is there waits for it', { timeout: PATIENCE }, async () => {
    const texts = await page.evaluate(async () => {
      const other = document.createElement('attention-map');
      document.body.append(other);
      const trace = await other.run('early');
      other.remove();
      return trace.texts;
    });
    assert.deepEqual(texts, ['early']);
  });

  test('a run of an element that is removed, or never was in the page, rejects', { timeout: PATIENCE }, async () => {
    const codes = await page.evaluate(async () => {
      const other = document.createElement('attention-map');
      const never = other.run('a').catch((error) => error.code);
      document.body.append(other);
      await other.ready;
      const removed = other.run(Array(500).fill('word').join(' ')).catch((error) => error.code);
      other.remove();
      return Promise.all([never, removed]);
    });
    assert.equal(codes[0], 'not-connected');
    assert.match(codes[1], /^(removed|not-connected)$/);
  });

  test('an element moved elsewhere in the page goes on', { timeout: PATIENCE }, async () => {
    const texts = await page.evaluate(async () => {
      const place = document.createElement('div');
      document.body.append(place);
      place.append(element);
      return (await element.run('moved')).texts;
    });
    assert.deepEqual(texts, ['moved']);
  });

  test('half of a surrogate pair is read as a character that is no letter', { timeout: PATIENCE }, async () => {
    const tokens = await page.evaluate(async () => (await element.run('a \ud83c b')).maps[0].queries.map((token) => [token.text, token.start, token.end]));
    assert.deepEqual(tokens.at(1), ['a', 0, 1]);
    assert.deepEqual(tokens.at(-2), ['b', 4, 5]);
  });

  test('attributes and properties are two names for one thing', { timeout: PATIENCE }, async () => {
    const seen = await page.evaluate(async () => {
      element.layer = 4;
      element.setAttribute('head', '9');
      const shown = ['layer', 'head'].map((name) => element.shadowRoot.querySelector(`[part~="${name}"]`));
      await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
      return [element.getAttribute('layer'), element.head, ...shown.map((output) => output.textContent)];
    });
    assert.deepEqual(seen, ['4', 9, 'Layer 4', 'Head 9']);
  });

  test('a value that an attribute cannot have is answered with what it can', { timeout: PATIENCE }, async () => {
    for (const [name, value, allowed] of [['layer', '6', /from 0 to 5/], ['backend', 'gpu', /auto, webgpu, cpu/], ['model', 'gpt', /minilm-l6-q8, minilm-l6-f32/]]) {
      const { code, message } = await page.evaluate(([name, value]) => new Promise((resolve) => {
        element.addEventListener('attention-map:error', ({ detail: { code, message } }) => resolve({ code, message }), { once: true });
        element.setAttribute(name, value);
      }), [name, value]);
      assert.equal(code, 'attribute-invalid');
      assert.match(message, allowed);
    }
  });

  test('the module can be imported twice, and defines the element once', { timeout: PATIENCE }, async () => {
    await page.evaluate(() => import('/docs/map/attention-map.js?again'));
    page.assertClean();
  });

  test('a request to another origin, from page or worker, is noticed', { timeout: PATIENCE }, async () => {
    page.assertClean();
    const [worker] = page.workers();
    for (const place of [page, worker]) {
      await place.evaluate(() => fetch('http://127.0.0.1:1/elsewhere').catch(() => {}));
    }
    assert.throws(() => page.assertClean(), (error) => error.actual.filter((complaint) => complaint.includes('elsewhere')).length === 2);
  });
});
