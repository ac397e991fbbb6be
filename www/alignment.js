// Two columns of words and the links between them.

import { drawing } from './made.js';

// In the picture's own units, of which it is WIDTH wide.
const WIDTH = 480;
const PITCH = 26;
const [LEFT, RIGHT] = [190, 290];

/**
 * The words `sources` at the left and `targets` at the right, and a line for each of `links`, [source, target]. A word that is
 * pointed at lights its links and what they lead to; `light(target)` of what is returned does so for a word of the right.
 */
export function drawn(sources, targets, links) {
  const height = Math.max(sources.length, targets.length) * PITCH;
  const svg = drawing('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img' });
  const y = (at, of) => (at + 0.5) * PITCH + (height - of.length * PITCH) / 2;
  const lines = links.map(([from, to]) => {
    const [begin, end] = [y(from, sources), y(to, targets)];
    const middle = (LEFT + RIGHT) / 2;
    return svg.appendChild(drawing('path', { d: `M${LEFT + 8} ${begin}C${middle} ${begin} ${middle} ${end} ${RIGHT - 8} ${end}` }));
  });
  const column = (words, x, anchor) => words.map((word, at) => {
    const text = svg.appendChild(drawing('text', { x, y: y(at, words), 'text-anchor': anchor, 'dominant-baseline': 'central' }));
    text.textContent = word;
    return text;
  });
  const columns = [column(sources, LEFT, 'end'), column(targets, RIGHT, 'start')];
  // In each column the words that are lit, for the word `at` of the column `side`.
  const light = (side, at) => {
    const lit = links.filter((link) => link[side] === at);
    lines.forEach((line, index) => line.classList.toggle('lit', links[index][side] === at));
    columns.forEach((words, other) => words.forEach((word, index) => {
      word.classList.toggle('lit', other === side ? index === at : lit.some((link) => link[other] === index));
    }));
  };
  columns.forEach((words, side) => words.forEach((word, at) => {
    word.addEventListener('pointerenter', () => light(side, at));
    word.addEventListener('pointerleave', () => light(side, -1));
  }));
  return Object.assign(svg, { light: (target) => light(1, target) });
}
