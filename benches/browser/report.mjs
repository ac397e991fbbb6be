// The report as Markdown.

import { NAMES } from './heats.mjs';

/** Every reason for which a ratio or another measurement is missing. */
export function refusals(report) {
  const ratios = report.heats.flat().flatMap(({ tokens, ratios }) =>
    ratios.filter(({ refusal }) => refusal).map(({ refusal }) => `${tokens} tokens: ${refusal}`),
  );
  const others = ['visits', 'keystrokes', 'repaints', 'lessons', 'growth', 'memory'].filter((name) => report[name].failure);
  return [...new Set(ratios), ...others.map((name) => `${name}: ${report[name].failure}`)];
}

export function markdown(report) {
  return [
    `${report.date}, ${report.machine.cores} cores of ${report.machine.processor} (${percent(report.machine.busy)} busy with something ` +
      `else before), Chromium ${report.browser}, WebGPU adapter: ${report.adapter ?? 'none'}.`,
    '',
    ...bars(report.bars),
    '',
    'Milliseconds around one run, and ours over theirs in italics: medians of runs in turn in one page, on one thread.',
    '',
    ...timings(report.heats),
    '',
    ...notes(report),
  ].join('\n');
}

function bars(list) {
  const verdict = (met) => (met === null ? 'not measured' : met ? 'met' : 'not met');
  return table(
    ['', 'measured', 'at most', ''],
    list.map(({ name, measured, limit, met }) => [name, measured, limit, verdict(met)]),
  );
}

function timings(heats) {
  const lengths = [...new Set(heats.flat().map(({ tokens }) => tokens))].sort((one, other) => one - other);
  const rows = heats.flatMap((heat) =>
    Object.keys(NAMES).filter((name) => heat.some(({ contestants }) => name in contestants)).map((name) => [
      NAMES[name],
      ...lengths.map((length) => cell(heat.find(({ tokens }) => tokens === length), name)),
    ]),
  );
  return table(['tokens', ...lengths], rows);
}

function cell(entry, name) {
  if (!entry) return '';
  const { failure, wall } = entry.contestants[name];
  if (failure || !wall) return 'failed';
  const median = wall.median < 10 ? wall.median.toFixed(1) : wall.median.toFixed(0);
  const pair = entry.ratios.find(({ theirs }) => theirs === name);
  if (!pair) return median;
  return `${median} *${pair.refusal ? 'not comparable' : pair.ratio.toFixed(2)}*`;
}

/** What the tables don't say by themselves. */
function notes({ heats, visits, keystrokes, repaints, lessons, growth, memory, onnxruntimeWeb }) {
  const lines = [
    `onnxruntime-web ${onnxruntimeWeb} computes "the same weights" in 32-bit floats, as fast as any others. "Its own 8-bit ` +
      'weights" is its dynamic quantisation, a peer for speed only. Ours ends with the last attention weights, as the row with ' +
      'nothing but attention out does; the others go on to the last layer\'s output.',
  ];
  const engine = heats[0].map(({ tokens, contestants }) => [tokens, contestants['ours-cpu-q8'].engine]).filter(([, times]) => times);
  const alone = engine.map(([tokens, times]) => `${tokens}: ${times.median.toFixed(1)}`).join(', ');
  lines.push(`Ours counts the messages to the engine's worker and back. The engine alone, 8-bit weights, CPU. ${alone}.`);
  const losses = ['ours-cpu-q8', 'onnxruntime-cpu-q8'].map((name) => {
    const all = heats.flat().map(({ contestants }) => contestants[name]?.loss).filter(Boolean);
    if (all.length === 0) return null;
    const largest = Math.max(...all.map((loss) => loss.largest));
    const mean = Math.max(...all.map((loss) => loss.mean));
    return `${NAMES[name]}: at most ${largest.toPrecision(2)}, ${mean.toExponential(1)} on average`;
  });
  lines.push(`Attention weights away from those of the f32 model, at the worst length. ${losses.filter(Boolean).join('; ')}.`);
  if (!keystrokes.failure) {
    lines.push(
      `Keystrokes: median ${keystrokes.shown.median.toFixed(0)} ms, of which the engine ${keystrokes.engine.median.toFixed(1)} ms; ` +
        `${keystrokes.shown.runs} keys, ${keystrokes.tokens.join(' to ')} tokens, ${keystrokes.overtaken} overtaken by the next.`,
    );
  }
  if (!visits.failure) lines.push(`Second visits: ${visits.p10.toFixed(0)} to ${visits.p90.toFixed(0)} ms (10 to 90 of 100), ${visits.runs} of them.`);
  if (!repaints.failure) {
    lines.push(...repaintLines(repaints));
  }
  if (!lessons.failure) lines.push(...lessonLines(lessons));
  if (!growth.failure) {
    const each = growth.lengths.map(({ tokens, ratio }) => `${tokens}: ${ratio.toFixed(2)}`).join(', ');
    lines.push(`Time over the number of operations, fitted at ${growth.fittedAt} tokens. ${each}.`);
  }
  if (!memory.failure) {
    const [own, attention] = [memory.webAssembly, memory.attention].map((bytes) => (bytes / 1e6).toFixed(1));
    lines.push(`Memory: WebAssembly ${own} MB, the attention that leaves it ${attention} MB.`);
  }
  return lines.map((line) => `- ${line}`);
}

/** What a choice takes until it is painted. */
export function repaintLines(repaints) {
  if (repaints.failure) return [repaints.failure];
  const each = repaints.choices.map(({ name, painted, whole }) => {
    const rest = whole.median > painted.median + 1 ? ` (${whole.median.toFixed(0)})` : '';
    return `${name} ${painted.median.toFixed(0)}${rest}`;
  });
  return [
    `From a choice to the frame that shows it, at ${repaints.tokens} tokens, and in brackets until the small maps, or what is out of ` +
      `sight, are painted too; median in ms. ${each.join('; ')}.`,
  ];
}

/** How long a model takes to learn. */
export function lessonLines({ failure, lessons }) {
  if (failure) return [failure];
  const each = lessons.map(({ task, rate, steps, seconds }) => `${task} at ${rate}: ${steps === null ? 'not reached' : `${seconds.toFixed(1)} s, ${steps} steps`}`);
  return [`Until ${lessons[0].enough} % of unseen pairs are written without a fault, on the page on which a model learns. ${each.join('; ')}.`];
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index ? '---:' : '---'))), ...rows.map(line)];
}

const percent = (part) => `${(100 * part).toFixed(0)} %`;
