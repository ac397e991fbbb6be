// In the page: the contestants, and the loops that run them in turn.

const LAYERS = 6;
const WASM = '/onnxruntime/ort.wasm.bundle.min.mjs';
const WEBGPU = '/onnxruntime/ort.webgpu.bundle.min.mjs';

/** How each contestant is made; `run` is what the clock sees, `attention` reads its result afterwards. */
const CONTESTANTS = {
  'ours-cpu-q8': () => ours('minilm-l6-q8', 'cpu'),
  'ours-cpu-f32': () => ours('minilm-l6-f32', 'cpu'),
  'ours-webgpu-q8': () => ours('minilm-l6-q8', 'webgpu'),
  'ours-webgpu-f32': () => ours('minilm-l6-f32', 'webgpu'),
  // The weights of the 8-bit file, multiplied out to 32-bit floats, which onnxruntime computes with.
  'onnxruntime-cpu': () => onnxruntime(WASM, 'wasm', 'q8'),
  'onnxruntime-cpu-plain': () => onnxruntime(WASM, 'wasm', 'q8-plain'),
  // Without what no attention depends on, which ours doesn't compute either.
  'onnxruntime-cpu-maps': () => onnxruntime(WASM, 'wasm', 'q8-maps'),
  'onnxruntime-cpu-f32': () => onnxruntime(WASM, 'wasm', 'f32'),
  'onnxruntime-cpu-f32-plain': () => onnxruntime(WASM, 'wasm', 'f32-plain'),
  // Weights that onnxruntime rounded its own way, and computes with as integers.
  'onnxruntime-cpu-q8': () => onnxruntime(WASM, 'wasm', 'f32-dynamic'),
  'onnxruntime-webgpu': () => onnxruntime(WEBGPU, 'webgpu', 'q8'),
  'onnxruntime-webgpu-f32': () => onnxruntime(WEBGPU, 'webgpu', 'f32'),
};

const ready = new Map();

window.bench = {
  /** Loads a contestant, or says why it can't take part. */
  async prepare(name) {
    try {
      ready.set(name, await CONTESTANTS[name]());
      return null;
    } catch (error) {
      return String(error?.message ?? error);
    }
  },

  /**
   * Runs `contestants` on one sequence `runs` times each, in turn and from a different first one each round, after a
   * few runs each that don't count.
   *
   * @returns {{name: {wall: number[], engine: number[], failure?: string, difference?: object, loss?: object}}}
   *   milliseconds; how far any attention weight is from that of `referee`, and from that of `witness`, which isn't
   *   timed
   */
  async measure({ sequence, contestants, runs, referee, witness }) {
    const results = {};
    const attention = {};
    for (const name of contestants) {
      for (let run = 0; run < Math.min(3, Math.ceil(runs / 5)) && !results[name]?.failure; run++) {
        results[name] = { wall: [], engine: [] };
        attention[name] = await attempt(ready.get(name), sequence, results[name]);
      }
      results[name].wall = [];
      results[name].engine = [];
    }
    const original = witness && (await attempt(ready.get(witness), sequence, { wall: [], engine: [] }));
    for (const name of contestants) {
      if (!attention[name]) continue;
      if (attention[referee]) results[name].difference = difference(attention[name], attention[referee]);
      if (original) results[name].loss = difference(attention[name], original);
    }

    for (let round = 0; round < runs; round++) {
      const running = contestants.filter((name) => !results[name].failure);
      for (let turn = 0; turn < running.length; turn++) {
        const name = running[(round + turn) % running.length];
        await attempt(ready.get(name), sequence, results[name]);
      }
    }
    return results;
  },

  /**
   * Runs one contestant on each of `sequences`, `runs` times one after another, and all that `passes` times. The first
   * two runs after a change of sequence don't count.
   *
   * @returns {number[][]} for each sequence the milliseconds that the engine gives
   */
  async series(name, sequences, passes, runs) {
    const engine = sequences.map(() => []);
    for (let pass = 0; pass < passes; pass++) {
      for (const [index, sequence] of sequences.entries()) {
        const result = { wall: [], engine: [] };
        for (let run = 0; run < runs + 2 && !result.failure; run++) {
          await attempt(ready.get(name), sequence, result);
        }
        if (result.failure) throw new Error(result.failure);
        engine[index].push(...result.engine.slice(2));
      }
    }
    return engine;
  },

  adapter: async () => {
    const info = (await navigator.gpu?.requestAdapter())?.info;
    return info ? [info.vendor, info.architecture, info.device, info.description].filter(Boolean).join(' ') : null;
  },
};

/** One timed run. Returns the attention, or null where the contestant gives none or fails. */
async function attempt(contestant, sequence, result) {
  await quiet();
  const input = contestant.input(sequence);
  try {
    const start = performance.now();
    const output = await contestant.run(input);
    result.wall.push(performance.now() - start);
    result.engine.push(contestant.milliseconds?.(output) ?? null);
    return contestant.attention(output, sequence);
  } catch (error) {
    result.failure = String(error?.message ?? error);
    return null;
  }
}

/** Until what the last run left to do (painting) is done. */
function quiet() {
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));
}

async function ours(model, backend) {
  await import('/map/attention-map.js');
  const element = document.createElement('attention-map');
  element.setAttribute('model', model);
  element.setAttribute('backend', backend);
  document.body.append(element);
  await element.ready;
  return {
    input: (sequence) => sequence.text,
    run: (text) => element.run(text),
    milliseconds: (trace) => trace.milliseconds,
    attention(trace, sequence) {
      const [map] = trace.maps;
      const seen = map.queries.map((token) => token.text).join(' ');
      if (trace.backend !== backend) throw new Error(`asked for ${backend}, ran on ${trace.backend}`);
      if (trace.model !== model) throw new Error(`asked for ${model}, ran ${trace.model}`);
      if (seen !== sequence.pieces.join(' ')) throw new Error(`expected the tokens ${sequence.pieces}, got ${seen}`);
      return map.weights;
    },
  };
}

async function onnxruntime(module, provider, graph) {
  const runtime = await import(module);
  // Without cross-origin isolation, as on most pages, it has one thread anyway.
  runtime.env.wasm.numThreads = 1;
  runtime.env.wasm.wasmPaths = '/onnxruntime/';
  runtime.env.logLevel = 'error';
  const options = { executionProviders: [provider], graphOptimizationLevel: 'all' };
  const session = await runtime.InferenceSession.create(`/graphs/${graph}.onnx`, options);
  return {
    input({ ids }) {
      const shape = [1, ids.length];
      return {
        input_ids: new runtime.Tensor('int64', BigInt64Array.from(ids, BigInt), shape),
        token_type_ids: new runtime.Tensor('int64', new BigInt64Array(ids.length), shape),
      };
    },
    run: (feeds) => session.run(feeds),
    attention(outputs) {
      if (!outputs.attention_0) return null;
      const layers = Array.from({ length: LAYERS }, (_, layer) => outputs[`attention_${layer}`].data);
      const all = new Float32Array(layers.reduce((length, layer) => length + layer.length, 0));
      layers.reduce((offset, layer) => (all.set(layer, offset), offset + layer.length), 0);
      return all;
    },
  };
}

/** The largest and the mean absolute difference; infinite where the lengths differ or a value isn't a number. */
function difference(one, other) {
  if (one.length !== other.length) return { largest: Infinity, mean: Infinity };
  let [largest, sum] = [0, 0];
  for (let index = 0; index < one.length; index++) {
    const distance = Math.abs(one[index] - other[index]);
    sum += distance;
    if (!(distance <= largest)) largest = Number.isNaN(distance) ? Infinity : distance;
  }
  return { largest, mean: sum / one.length };
}
