// What the runs come to: medians, ratios and the table.

const NAMES = {
  'ours-cpu': 'ours, CPU',
  'onnxruntime-cpu': 'onnxruntime-web, CPU, attention out',
  'onnxruntime-cpu-plain': 'onnxruntime-web, CPU, no attention out',
  'ours-webgpu': 'ours, WebGPU',
  'onnxruntime-webgpu': 'onnxruntime-web, WebGPU, attention out',
};

/** Ours, theirs. */
const PAIRS = [
  ['ours-cpu', 'onnxruntime-cpu'],
  ['ours-cpu', 'onnxruntime-cpu-plain'],
  ['ours-webgpu', 'onnxruntime-webgpu'],
];

/** Attention weights further apart than this aren't two runs of the same model. */
const LARGEST_DIFFERENCE = 1e-3;

/** Median, 10th and 90th percentile, in the unit of `values`; null without values. */
export function quantiles(values) {
  const sorted = values.filter((value) => value !== null).sort((one, other) => one - other);
  if (sorted.length === 0) return null;
  const at = (part) => {
    const position = part * (sorted.length - 1);
    const below = Math.floor(position);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
  };
  return { median: at(0.5), p10: at(0.1), p90: at(0.9), runs: sorted.length };
}

/** One sequence length's raw results, summed up, with a ratio for each pair that may be compared. */
export function summarize(tokens, results) {
  const contestants = {};
  for (const [name, { wall, engine, failure, difference }] of Object.entries(results)) {
    contestants[name] = { wall: quantiles(wall), engine: quantiles(engine), failure, difference };
  }
  const ratios = PAIRS.filter(([mine, theirs]) => contestants[mine] && contestants[theirs]).map(([mine, theirs]) => {
    const refusal = refusalToCompare(contestants, mine, theirs);
    return { mine, theirs, ...(refusal ? { refusal } : { ratio: contestants[mine].wall.median / contestants[theirs].wall.median }) };
  });
  return { tokens, contestants, ratios };
}

function refusalToCompare(contestants, ...names) {
  for (const name of names) {
    const { failure, wall, difference } = contestants[name];
    if (failure) return `${NAMES[name]} failed: ${failure}`;
    if (!wall) return `${NAMES[name]} was not run`;
    // A graph without attention outputs has nothing to compare; its twin with them stands for it.
    if (name === 'onnxruntime-cpu-plain') continue;
    if (!(difference <= LARGEST_DIFFERENCE)) return `the attention of ${NAMES[name]} is ${difference} from onnxruntime-web's`;
  }
  return null;
}

/** Every reason for which a ratio is missing. */
export function refusals(report) {
  return report.lengths.flatMap(({ tokens, ratios }) =>
    ratios.filter(({ refusal }) => refusal).map(({ refusal }) => `${tokens} tokens: ${refusal}`),
  );
}

/** The report as Markdown. */
export function markdown(report) {
  const lines = [
    `${report.date}, ${report.machine.cores} cores of ${report.machine.processor}, Chromium ${report.browser}, WebGPU adapter: ${report.adapter ?? 'none'}.`,
    'Wall milliseconds around one run in one page, contestants in turn: median (10th to 90th percentile).',
    '',
    `| | ${report.lengths.map(({ tokens }) => `${tokens} tokens`).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(report.lengths.length)}`,
  ];
  const row = (title, cell) => lines.push(`| ${title} | ${report.lengths.map((length) => cell(length) ?? '').join(' | ')} |`);
  for (const [name, title] of Object.entries(NAMES)) {
    row(title, ({ contestants }) => timing(contestants[name]));
    if (name.startsWith('ours')) row(`${title}: the engine alone`, ({ contestants }) => milliseconds(contestants[name]?.engine));
  }
  for (const [mine, theirs] of PAIRS) {
    row(`${NAMES[mine]} / ${NAMES[theirs]}`, ({ ratios }) => {
      const pair = ratios.find((candidate) => candidate.mine === mine && candidate.theirs === theirs);
      return pair && (pair.refusal ? 'not comparable' : pair.ratio.toFixed(2));
    });
  }
  if (report.sizes.length) {
    lines.push('', '| file | bytes | gzipped |', '| --- | ---: | ---: |');
    for (const { path, bytes, gzip } of report.sizes) lines.push(`| ${path} | ${bytes} | ${gzip} |`);
  }
  return lines.join('\n');
}

function timing(contestant) {
  return contestant?.failure ? 'failed' : milliseconds(contestant?.wall);
}

function milliseconds(summary) {
  if (!summary) return '';
  const round = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
  return `${round(summary.median)} (${round(summary.p10)}-${round(summary.p90)})`;
}
