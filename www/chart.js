// Lines over steps.

import { drawing, made } from './made.js';

const HEIGHT = 170;
const [LEFT, RIGHT, TOP, BOTTOM] = [44, 10, 8, 24];

/** A round number of which at most `most` make `span`. */
function pitch(span, most) {
  const rough = Math.max(span, 1e-9) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough * 0.9999);
}

const ticks = (end, most) => {
  const apart = pitch(end, most);
  return Array.from({ length: Math.floor(end / apart + 1e-9) + 1 }, (_, at) => at * apart);
};

/**
 * A chart of `lines`, [{ name, points: [[step, number]], dashed }], from 0 to `top` upwards, or to the largest number, and to the step
 * `along`, `width` pixels wide; `label` says a number, `title` what they are. The newest number of each stands beside its name.
 */
export function chart({ title, lines, top, label, along, width }) {
  const figure = made('figure');
  const all = lines.flatMap(({ points }) => points);
  const last = Math.max(along, 10);
  const highest = top ?? Math.max(1e-6, ...all.map(([, number]) => number));
  const x = (step) => LEFT + (step / last) * (width - LEFT - RIGHT);
  const y = (number) => HEIGHT - BOTTOM - (number / highest) * (HEIGHT - TOP - BOTTOM);
  const svg = drawing('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, 'aria-hidden': true });
  const put = (tag, attributes, text) => Object.assign(svg.appendChild(drawing(tag, attributes)), text !== undefined && { textContent: text });
  for (const number of ticks(highest, 4)) {
    put('line', { x1: LEFT, x2: width - RIGHT, y1: y(number), y2: y(number), class: 'grid' });
    put('text', { x: LEFT - 6, y: y(number), 'text-anchor': 'end', 'dominant-baseline': 'central' }, label(number));
  }
  for (const step of ticks(last, 6)) put('text', { x: x(step), y: HEIGHT - 6, 'text-anchor': 'middle' }, step);
  lines.forEach(({ points, dashed }, at) => {
    put('polyline', { points: points.map(([step, number]) => `${x(step).toFixed(1)},${y(number).toFixed(1)}`).join(' '), class: `line-${at}${dashed ? ' dashed' : ''}` });
  });
  const legend = made('ul');
  lines.forEach(({ name, points, dashed }, at) => {
    const item = made('li', '', { className: `line-${at}${dashed ? ' dashed' : ''}` });
    item.append(`${name}: `, made('span', points.length ? label(points.at(-1)[1]) : '–', { className: 'newest' }));
    legend.append(item);
  });
  figure.append(made('figcaption', title), svg, legend);
  return figure;
}
