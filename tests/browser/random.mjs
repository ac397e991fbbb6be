// Seeded disorder: the same on each run, so that what fails once fails again.

const BITS = ['', '%', '%%', '%zz', '%e9', '%00', '%f0%9f%98%80', '\ud83c', '+', '&', '=', '&&', '#', '?', ';', '[', '<script>', '"', "'", '\u0000', '💥', 'é', '-1', '1e9', 'NaN', '0.5', '3.1 4.2', 'null', 'true', 'javascript:alert(1)', '../..', 'a'.repeat(3000)];
const VALUES = ['matrix', 'lines', 'text', 'layers', 'neuron', 'table', 'grid', 'weight', 'mean', 'rollout', 'max', 'log', 'hide', 'renormalise', 'a-b', '0', '1', '5', '11', '12', '99999999999999999999', '0.25', 'minimal', 'none', 'full', 'dark', 'zh-Hans', '3.1 3.4', ''];

/** Numbers and things made of them, from a seed (mulberry32). */
export function randomly(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count) => Math.floor(next() * count);
  const of = (list) => list[below(list.length)];
  const rubbish = () => Array.from({ length: below(5) }, () => of(BITS)).join('');
  return {
    below,
    of,
    rubbish,
    /** A hash that may look like one of ours. `fixed`: the values of some names. */
    hash(names, fixed = {}) {
      const pairs = Array.from({ length: below(8) }, () => {
        const name = next() < 0.8 ? of(names) : rubbish();
        const value = fixed[name] ? of(fixed[name]) : next() < 0.6 ? of(VALUES) : rubbish();
        return next() < 0.1 ? name : `${name}=${next() < 0.5 ? value : escaped(value)}`;
      });
      return `${next() < 0.9 ? '#' : ''}${pairs.join(next() < 0.95 ? '&' : rubbish())}`;
    },
  };
}

function escaped(value) {
  try {
    return encodeURIComponent(value);
  } catch {
    // Half of a surrogate pair.
    return value;
  }
}
