// What we hold ourselves to, beside what was measured. No test fails over one of them: a timing is as quiet as the
// machine.

const OURS = 'ours-cpu-q8';
const THEIRS = 'onnxruntime-cpu';

/**
 * @returns {{name: string, measured: string, limit: string, met: boolean | null}[]} `met` is null where there is no
 *   measurement
 */
export function bars(report) {
  return [
    ratio(report, 'CPU over onnxruntime-web, 16 to 64 tokens', [OURS, THEIRS], [16, 32, 64], 0.5),
    ratio(report, 'CPU over onnxruntime-web, 128 tokens', [OURS, THEIRS], [128], 0.6),
    ratio(report, 'CPU over onnxruntime-web, 256 and 512 tokens', [OURS, THEIRS], [256, 512], 0.7),
    ratio(report, 'WebGPU over onnxruntime-web, 16, 64 and 128 tokens', ['ours-webgpu-q8', 'onnxruntime-webgpu'], [16, 64, 128], 0.25),
    bytes(report, "the page's program up to the first map, gzipped", 'gzip', (path) => path === 'app_bg.wasm', 200e3, kilobytes),
    bytes(report, "the engine's larger build, gzipped", 'gzip', (path) => /^engine.*_bg\.wasm$/.test(path), 1.1e6, kilobytes),
    bytes(report, "the default model's weights", 'bytes', (path) => path === 'models/minilm-l6-q8/model.safetensors', 24e6, megabytes),
    bar('first map on a second visit, median', report.visits, ({ median }) => median, 1500, milliseconds),
    bar('keystroke to frame, 24 tokens, 95 of 100', report.keystrokes, ({ shown }) => shown.p95, 60, milliseconds),
    bar('time against operations, 8 to 512 tokens', report.growth, ({ worst }) => worst.times, 1.5, times, ({ worst }) =>
      `at ${worst.tokens}, ${worst.slower ? 'slower' : 'faster'}`,
    ),
    bar("the engine's memory at 512 tokens", report.memory, (memory) => memory.bytes, 160e6, megabytes),
  ];
}

/** A bar for the largest of a pair's ratios. */
function ratio(report, name, [mine, theirs], lengths, limit) {
  const pairs = lengths.map((tokens) => {
    const entries = report.heats.flat().filter((entry) => entry.tokens === tokens);
    const pair = entries.flatMap(({ ratios }) => ratios).find((candidate) => candidate.mine === mine && candidate.theirs === theirs);
    return { tokens, ratio: pair?.ratio ?? NaN };
  });
  const worst = pairs.reduce((one, other) => (other.ratio > one.ratio || Number.isNaN(other.ratio) ? other : one));
  return bar(name, worst, (pair) => pair.ratio, limit, times, (pair) => (lengths.length > 1 ? `at ${pair.tokens}` : ''));
}

function bytes(report, name, kind, matches, limit, write) {
  const sizes = report.sizes.filter(({ path }) => matches(path)).map((size) => size[kind]);
  return bar(name, sizes.length ? Math.max(...sizes) : { failure: 'there is no such file' }, (size) => size, limit, write);
}

function bar(name, source, read, limit, write, note = () => '') {
  const value = source?.failure === undefined ? read(source) : NaN;
  if (Number.isNaN(value)) return { name, measured: source?.failure ?? 'not measured', limit: write(limit), met: null };
  return { name, measured: [write(value), note(source)].filter(Boolean).join(' '), limit: write(limit), met: value <= limit };
}

const times = (value) => `${value.toFixed(2)} times`;
const kilobytes = (value) => `${(value / 1e3).toFixed(0)} kB`;
const megabytes = (value) => `${(value / 1e6).toFixed(1)} MB`;
const milliseconds = (value) => `${value.toFixed(0)} ms`;
