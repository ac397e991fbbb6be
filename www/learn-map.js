// Cross-attention while it is learnt: a table for each head, rows are what is written, columns what is read.

import { tr } from './language.js';
import { made, percent } from './made.js';

/** The tables of one look at an example, their mean first, as [{ name, weights: [row][column] }]. */
function heads({ heads, weights, target, source }) {
  const [rows, columns] = [target.length + 1, source.length];
  const of = (head) => Array.from({ length: rows }, (_, row) => {
    const at = (head * rows + row) * columns;
    return [...weights.subarray(at, at + columns)];
  });
  const each = Array.from({ length: heads }, (_, head) => ({ name: tr('Head {0}', head), weights: of(head) }));
  if (heads === 1) return each;
  const mean = each[0].weights.map((line, row) => line.map((_, column) => each.reduce((sum, { weights }) => sum + weights[row][column], 0) / heads));
  return [{ name: tr('Mean of the heads'), weights: mean }, ...each];
}

/** A character as it is shown: a space has to be seen. */
const shown = (char) => (char === ' ' ? '␣' : char);

function table({ target, source, right }, { name, weights }) {
  const one = made('table');
  one.append(made('caption', name));
  const head = one.createTHead().insertRow();
  head.append(made('td'), ...[...source].map((char) => made('th', shown(char), { scope: 'col' })));
  const body = one.createTBody();
  weights.forEach((_, at) => {
    const row = body.insertRow();
    row.append(made('th', at < target.length ? target[at] : tr('end'), { scope: 'row' }));
    for (let column = 0; column < source.length; column++) {
      const cell = row.insertCell();
      if (right[at]?.includes(column)) cell.className = 'right';
    }
  });
  return one;
}

/** Shows looks in `place`: of the same words in the tables that are there, so that nothing moves. */
export class LearnMap {
  #place;
  #of;

  constructor(place) {
    this.#place = place;
  }

  show(look) {
    const all = heads(look);
    const of = JSON.stringify([look.source, look.target, all.map(({ name }) => name)]);
    if (of !== this.#of) {
      this.#of = of;
      this.#place.replaceChildren(...all.map((head) => table(look, head)));
    }
    all.forEach(({ weights }, at) => {
      const rows = this.#place.children[at].tBodies[0].rows;
      weights.forEach((line, row) => line.forEach((weight, column) => {
        const cell = rows[row].cells[column + 1];
        cell.style.setProperty('--weight', weight.toFixed(3));
        cell.title = percent(weight);
      }));
    });
  }
}
