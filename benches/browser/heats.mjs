// Which contestants run beside each other, at which lengths, and which pairs of them are compared.

import { quantiles } from './statistics.mjs';

/** Attention weights further apart than this aren't two runs of the same model. */
const LARGEST_DIFFERENCE = 1e-3;

/** What each contestant is called in the report. */
export const NAMES = {
  'ours-cpu-q8': 'ours, 8-bit weights',
  'onnxruntime-cpu': 'onnxruntime-web, the same weights',
  'onnxruntime-cpu-plain': 'the same without attention out',
  'onnxruntime-cpu-maps': 'the same with nothing but attention out',
  'onnxruntime-cpu-q8': 'onnxruntime-web, its own 8-bit weights',
  'ours-cpu-f32': 'ours, f32',
  'onnxruntime-cpu-f32': 'onnxruntime-web, f32',
  'onnxruntime-cpu-f32-plain': 'the same without attention out',
  'ours-webgpu-q8': 'ours, 8-bit weights, WebGPU',
  'onnxruntime-webgpu': 'onnxruntime-web, the same weights, WebGPU',
  'ours-webgpu-f32': 'ours, f32, WebGPU',
  'onnxruntime-webgpu-f32': 'onnxruntime-web, f32, WebGPU',
};

/**
 * Each heat has a page of its own. Ours is the first contestant; it is compared with each other one.
 * - `referee`: whose attention the others' must be
 * - `twins`: contestants without attention outputs, and those that have them on the same graph
 * - `peers`: contestants of other weights, for their speed alone
 * - `witness`: with f32 weights, to say how far each contestant's attention is from that
 */
export function heats(quick) {
  const cpu = quick ? 5 : 30;
  // A software adapter takes seconds a run.
  const gpu = quick ? 2 : 5;
  return [
    {
      contestants: ['ours-cpu-q8', 'onnxruntime-cpu', 'onnxruntime-cpu-plain', 'onnxruntime-cpu-maps', 'onnxruntime-cpu-q8'],
      referee: 'onnxruntime-cpu',
      twins: { 'onnxruntime-cpu-plain': 'onnxruntime-cpu' },
      peers: ['onnxruntime-cpu-q8'],
      witness: 'onnxruntime-cpu-f32',
      lengths: [16, 32, 64, 128, 256, 512],
      runs: cpu,
    },
    {
      contestants: ['ours-cpu-f32', 'onnxruntime-cpu-f32', 'onnxruntime-cpu-f32-plain'],
      referee: 'onnxruntime-cpu-f32',
      twins: { 'onnxruntime-cpu-f32-plain': 'onnxruntime-cpu-f32' },
      lengths: [16, 128, 512],
      runs: cpu,
    },
    {
      contestants: ['ours-webgpu-q8', 'onnxruntime-webgpu'],
      referee: 'onnxruntime-webgpu',
      lengths: [16, 64, 128],
      runs: gpu,
    },
    {
      contestants: ['ours-webgpu-f32', 'onnxruntime-webgpu-f32'],
      referee: 'onnxruntime-webgpu-f32',
      lengths: quick ? [64] : [64, 128],
      runs: gpu,
    },
  ].map((heat) => ({ twins: {}, peers: [], ...heat }));
}

/** Runs a heat in `page`, which is bench/page.html. Returns one entry for each length. */
export async function run(page, heat, sequence) {
  const absent = {};
  for (const name of [...heat.contestants, heat.witness].filter(Boolean)) {
    console.error(`loading ${name}`);
    const failure = await page.evaluate((contestant) => window.bench.prepare(contestant), name);
    if (failure) absent[name] = failure;
  }
  const entries = [];
  for (const tokens of heat.lengths) {
    console.error(`${tokens} tokens`);
    const results = await page.evaluate((parameters) => window.bench.measure(parameters), {
      sequence: sequence(tokens),
      contestants: heat.contestants.filter((name) => !(name in absent)),
      runs: heat.runs,
      referee: heat.referee,
      witness: heat.witness in absent ? undefined : heat.witness,
    });
    for (const name of heat.contestants.filter((name) => name in absent)) {
      results[name] = { wall: [], engine: [], failure: absent[name] };
    }
    entries.push(summary(heat, tokens, results));
  }
  return entries;
}

/** One length's results summed up, with a ratio for each pair that may be compared. */
function summary(heat, tokens, results) {
  const contestants = {};
  for (const [name, { wall, engine, ...rest }] of Object.entries(results)) {
    contestants[name] = { wall: quantiles(wall), engine: quantiles(engine), ...rest };
  }
  const [mine, ...others] = heat.contestants;
  const ratios = others.map((theirs) => {
    const refusal = refusalToCompare(heat, contestants, mine) ?? refusalToCompare(heat, contestants, theirs);
    return { mine, theirs, ...(refusal ? { refusal } : { ratio: contestants[mine].wall.median / contestants[theirs].wall.median }) };
  });
  return { tokens, contestants, ratios };
}

function refusalToCompare(heat, contestants, name) {
  const { failure, wall } = contestants[name];
  if (failure) return `${name} failed: ${failure}`;
  if (!wall) return `${name} was not run`;
  if (heat.peers.includes(name)) return null;
  const { difference } = contestants[heat.twins[name] ?? name];
  if (difference?.largest <= LARGEST_DIFFERENCE) return null;
  return `the attention of ${name} is ${difference?.largest.toExponential(1) ?? 'nowhere'} from that of ${heat.referee}`;
}
