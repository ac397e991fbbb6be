// Times our engine beside onnxruntime-web, and measures what a reader of the page waits for.
//
//   node benches/browser/run.mjs [--quick] [--repaints | --lessons]
//
// `cargo xtask bench` calls it and sets:
//   ATTENTION_MAP_DIST        the built page's folder, the models' files in it
//   ATTENTION_MAP_GRAPHS      a folder of graphs by tests/reference/onnx_graph.py: q8.onnx, q8-plain.onnx and q8-maps.onnx
//                             of the default model, with all outputs, without attention, and with nothing else; f32.onnx
//                             and f32-plain.onnx of the one with f32 weights; f32-dynamic.onnx, the same quantised by
//                             onnxruntime
//   ATTENTION_MAP_CHROMIUM    the browser
//   ATTENTION_MAP_BENCH_OUT   where the numbers go, as JSON
// With --repaints only what a choice takes until it is painted is measured, with --lessons only how long a model takes to learn, and
// put into that JSON in the place of what it had of it; graphs are not needed then.
// The tables go to standard output. Ends with 1 where a run failed or the two sides disagree, never over a timing.

import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, release } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { launch, required } from '../../tests/browser/chromium.mjs';
import { serve } from '../../tests/browser/server.mjs';
import { bars } from './bars.mjs';
import { growth, memory } from './growth.mjs';
import { heats, run } from './heats.mjs';
import { keystrokes } from './keystrokes.mjs';
import { lessons } from './lessons.mjs';
import { repaints } from './repaint.mjs';
import { lessonLines, markdown, refusals, repaintLines } from './report.mjs';
import { sequencesOf } from './sequences.mjs';
import { visits } from './visits.mjs';

const quick = process.argv.includes('--quick');
const alone = ['repaints', 'lessons'].find((name) => process.argv.includes(`--${name}`));
const dist = required('ATTENTION_MAP_DIST');
const out = required('ATTENTION_MAP_BENCH_OUT');
const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));

const busy = await busyShare();
const site = await serve({
  '/bench/': dirname(fileURLToPath(import.meta.url)),
  '/map/': dist,
  '/onnxruntime/': runtime,
  ...(alone ? {} : { '/graphs/': required('ATTENTION_MAP_GRAPHS') }),
});
const browser = await launch();
try {
  const sequence = await sequencesOf(dist, 'minilm-l6-q8');
  const map = `${site.origin}/map/`;
  const golden = JSON.parse(await readFile(new URL('../../tests/golden/cases.json', import.meta.url), 'utf8'));
  // Real words, some of them of several tokens.
  const long = golden.find(({ id }) => id === 'tokens-512').text;
  const measures = {
    repaints: () => part('repaints', () => repaints(browser, map, long, { times: quick ? 6 : 24 })),
    lessons: () => part('lessons', async () => ({ lessons: await lessons(browser, map, quick ? { rates: ['0.003'] } : {}) })),
  };
  if (alone) {
    const known = JSON.parse(await readFile(out, 'utf8').catch(() => '{}'));
    const found = { date: new Date().toISOString().slice(0, 10), busy, ...await measures[alone]() };
    await writeFile(out, `${JSON.stringify({ ...known, [alone]: found }, null, 2)}\n`);
    for (const line of { repaints: repaintLines, lessons: lessonLines }[alone](found)) console.log(line);
    process.exitCode = found.failure ? 1 : 0;
  } else {
    await everything(sequence, map, measures);
  }
} finally {
  await browser.close();
  await site.stop();
}

async function everything(sequence, map, measures) {
  const report = {
    date: new Date().toISOString().slice(0, 10),
    quick,
    machine: { processor: cpus()[0].model, cores: cpus().length, system: `${process.platform} ${release()}`, busy },
    browser: browser.version(),
    adapter: await onBenchPage((page) => page.evaluate(() => window.bench.adapter())),
    node: process.version,
    onnxruntimeWeb: JSON.parse(await readFile(join(runtime, '..', 'package.json'), 'utf8')).version,
    sizes: JSON.parse(await readFile(join(dist, 'sizes.json'), 'utf8')).files.filter(({ path }) => /\.(wasm|safetensors)$/.test(path)),
    visits: await part('second visits', () => visits(browser, map, quick ? 2 : 5)),
    keystrokes: await part('keystrokes', () => keystrokes(browser, map, quick ? 40 : 200)),
    memory: await part('memory', () => memory(browser, map, sequence(512))),
    repaints: await measures.repaints(),
    lessons: await measures.lessons(),
    growth: await part('growth', () => onBenchPage((page) => growth(page, sequence, quick))),
    heats: [],
  };
  for (const heat of heats(quick)) {
    report.heats.push(await onBenchPage((page) => run(page, heat, sequence)));
  }
  report.bars = bars(report);
  await writeFile(out, `${JSON.stringify(report, null, 2)}\n`);
  console.log(markdown(report));
  for (const refusal of refusals(report)) {
    console.error(refusal);
    process.exitCode = 1;
  }
}

/** What `measure` gives, or `{ failure }`, so that the rest is measured all the same. */
async function part(name, measure) {
  console.error(name);
  try {
    return await measure();
  } catch (error) {
    return { failure: error.message };
  }
}

async function onBenchPage(measure) {
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(`page: ${error.message}`));
  try {
    await page.goto(`${site.origin}/bench/page.html`);
    await page.waitForFunction(() => window.bench);
    return await measure(page);
  } finally {
    await page.close();
  }
}

/** How much of the processor is taken, while this does nothing, for two seconds. */
async function busyShare() {
  const times = () => cpus().map((core) => core.times);
  const total = (list) => list.flatMap(Object.values).reduce((sum, time) => sum + time, 0);
  const idle = (list) => list.reduce((sum, time) => sum + time.idle, 0);
  const before = times();
  await sleep(2000);
  const after = times();
  return 1 - (idle(after) - idle(before)) / (total(after) - total(before));
}
