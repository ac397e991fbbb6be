// In the page: the contestants, and the loop that runs them in turn.

const LAYERS = 6;

/** How each contestant is made; `run` is what the clock sees, `attention` reads its result afterwards. */
const CONTESTANTS = {
  'ours-cpu': () => ours('cpu'),
  'ours-webgpu': () => ours('webgpu'),
  'onnxruntime-cpu': () => onnxruntime('/onnxruntime/ort.wasm.bundle.min.mjs', 'wasm', '/graph/attention.onnx'),
  'onnxruntime-cpu-plain': () => onnxruntime('/onnxruntime/ort.wasm.bundle.min.mjs', 'wasm', '/graph/plain.onnx'),
  'onnxruntime-webgpu': () => onnxruntime('/onnxruntime/ort.webgpu.bundle.min.mjs', 'webgpu', '/graph/attention.onnx'),
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
   * Runs every contestant of `rounds` ({name: runs}) on one sequence, in turn and from a different first one each
   * round, after a few runs each that don't count.
   *
   * @returns {{name: {wall: number[], engine: number[], failure?: string, difference?: number}}} milliseconds;
   *   `difference` is the largest of any attention weight from that of `referee`
   */
  async measure(sequence, rounds, referee) {
    const results = {};
    const attention = {};
    for (const name of Object.keys(rounds)) {
      results[name] = { wall: [], engine: [] };
      const warmups = Math.min(3, Math.ceil(rounds[name] / 5));
      for (let run = 0; run < warmups && !results[name].failure; run++) {
        attention[name] = await attempt(ready.get(name), sequence, results[name]);
      }
      results[name].wall.length = 0;
      results[name].engine.length = 0;
    }
    for (const name of Object.keys(rounds)) {
      if (attention[name] && attention[referee]) results[name].difference = difference(attention[name], attention[referee]);
    }

    const names = Object.keys(rounds);
    for (let round = 0; round < Math.max(...Object.values(rounds)); round++) {
      const running = names.filter((name) => round < rounds[name] && !results[name].failure);
      for (let turn = 0; turn < running.length; turn++) {
        const name = running[(round + turn) % running.length];
        await attempt(ready.get(name), sequence, results[name]);
      }
    }
    return results;
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

async function ours(backend) {
  await import('/map/attention-map.js');
  const element = document.createElement('attention-map');
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
      if (seen !== sequence.pieces.join(' ')) throw new Error(`expected the tokens ${sequence.pieces}, got ${seen}`);
      return map.weights;
    },
  };
}

async function onnxruntime(module, provider, graph) {
  const runtime = await import(module);
  runtime.env.wasm.numThreads = 1;
  runtime.env.wasm.wasmPaths = '/onnxruntime/';
  runtime.env.logLevel = 'error';
  const session = await runtime.InferenceSession.create(graph, { executionProviders: [provider], graphOptimizationLevel: 'all' });
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

/** The largest absolute difference; infinite where the lengths differ or a value isn't a number. */
function difference(one, other) {
  if (one.length !== other.length) return Infinity;
  let largest = 0;
  for (let index = 0; index < one.length; index++) {
    const distance = Math.abs(one[index] - other[index]);
    if (!(distance <= largest)) largest = Number.isNaN(distance) ? Infinity : distance;
  }
  return largest;
}
