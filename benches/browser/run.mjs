// Times our engine beside onnxruntime-web: same weights, same machine, same page, in turn.
//
//   node benches/browser/run.mjs [--quick]
//
// `cargo xtask bench` calls it and sets:
//   ATTENTION_MAP_DIST        the built page's folder, the model's files in it
//   ATTENTION_MAP_ONNX        the graph of tests/reference/onnx_graph.py
//   ATTENTION_MAP_ONNX_PLAIN  the same, made with --without-attention
//   ATTENTION_MAP_CHROMIUM    the browser
//   ATTENTION_MAP_BENCH_OUT   where the numbers go, as JSON
// The table goes to standard output. Ends with 1 where a run failed or the two sides disagree.

import { readFile, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, release } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { launch, required } from '../../tests/browser/chromium.mjs';
import { serve } from '../../tests/browser/server.mjs';
import { markdown, refusals, summarize } from './report.mjs';

const quick = process.argv.includes('--quick');
const WORDS = 'the old man and his small dog walked along the river to the next town before night'.split(' ');
const REFEREE = 'onnxruntime-cpu';

/** Runs of each contestant by sequence length. */
const PLAN = [16, 32, 64, 128, 256, 512].map((tokens) => {
  const cpu = quick ? 5 : tokens < 512 ? 30 : 12;
  // A software adapter takes seconds a run.
  const gpu = quick || tokens > 128 ? 2 : 5;
  return {
    tokens,
    rounds: {
      'ours-cpu': cpu,
      'onnxruntime-cpu': cpu,
      'onnxruntime-cpu-plain': cpu,
      'ours-webgpu': gpu,
      ...([16, 64, 128].includes(tokens) && { 'onnxruntime-webgpu': Math.min(gpu, 3) }),
    },
  };
});

const dist = required('ATTENTION_MAP_DIST');
const out = required('ATTENTION_MAP_BENCH_OUT');
const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
const site = await serve({
  '/bench/': dirname(fileURLToPath(import.meta.url)),
  '/map/': dist,
  '/onnxruntime/': runtime,
  '/graph/attention.onnx': required('ATTENTION_MAP_ONNX'),
  '/graph/plain.onnx': required('ATTENTION_MAP_ONNX_PLAIN'),
});
const browser = await launch();
try {
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(`page: ${error.message}`));
  await page.goto(`${site.origin}/bench/page.html`);
  await page.waitForFunction(() => window.bench);

  const absent = {};
  for (const name of new Set(PLAN.flatMap(({ rounds }) => Object.keys(rounds)))) {
    console.error(`loading ${name}`);
    const failure = await page.evaluate((contestant) => window.bench.prepare(contestant), name);
    if (failure) absent[name] = failure;
  }

  const vocabulary = await readVocabulary(dist);
  const lengths = [];
  for (const { tokens, rounds } of PLAN) {
    console.error(`${tokens} tokens`);
    const present = Object.fromEntries(Object.entries(rounds).filter(([name]) => !(name in absent)));
    const results = await page.evaluate(
      (parameters) => window.bench.measure(...parameters),
      [sequence(tokens, vocabulary), present, REFEREE],
    );
    for (const name of Object.keys(rounds)) {
      if (name in absent) results[name] = { wall: [], engine: [], failure: absent[name] };
    }
    lengths.push(summarize(tokens, results));
  }

  const report = {
    date: new Date().toISOString().slice(0, 10),
    quick,
    machine: { processor: cpus()[0].model, cores: cpus().length, system: `${process.platform} ${release()}` },
    browser: browser.version(),
    adapter: await page.evaluate(() => window.bench.adapter()),
    node: process.version,
    onnxruntimeWeb: JSON.parse(await readFile(join(runtime, '..', 'package.json'), 'utf8')).version,
    sizes: JSON.parse(await readFile(join(dist, 'sizes.json'), 'utf8')).files.filter(({ path }) => path.endsWith('.wasm')),
    lengths,
  };
  await writeFile(out, `${JSON.stringify(report, null, 2)}\n`);
  console.log(markdown(report));
  for (const refusal of refusals(report)) {
    console.error(refusal);
    process.exitCode = 1;
  }
} finally {
  await browser.close();
  await site.stop();
}

/** A text that is exactly `tokens` tokens, [CLS] and [SEP] among them, and its ids. */
function sequence(tokens, vocabulary) {
  const words = Array.from({ length: tokens - 2 }, (_, index) => WORDS[index % WORDS.length]);
  const pieces = ['[CLS]', ...words, '[SEP]'];
  return { text: words.join(' '), pieces, ids: pieces.map((piece) => vocabulary[piece]) };
}

/** Piece to id, from the tokenizer.json that the page is served with. */
async function readVocabulary(folder) {
  const files = await readdir(folder, { recursive: true });
  const tokenizer = files.find((name) => name.endsWith('tokenizer.json'));
  if (!tokenizer) throw new Error(`${folder} holds no tokenizer.json; \`cargo xtask build\` puts the model there`);
  return JSON.parse(await readFile(join(folder, tokenizer), 'utf8')).model.vocab;
}
