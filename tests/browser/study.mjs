// What the page should show of a run, computed again: plain loops over 64-bit floats, from the trace's weights alone.
// A map is an array of rows.

/** The newest trace of `page`, its weights in an array. For texts of few tokens: all weights travel. */
export function traceOf(page) {
  return page.evaluate(() => {
    const { texts, model, maps: [{ layers, heads, queries, weights }] } = window.trace;
    return { texts, model, layers, heads, tokens: queries, weights: Array.from(weights) };
  });
}

/** One head's weights. */
export function headOf({ heads, tokens, weights }, layer, head) {
  const count = tokens.length;
  const start = (layer * heads + head) * count * count;
  return tokens.map((_, query) => weights.slice(start + query * count, start + (query + 1) * count));
}

/** Every head of a layer. */
export const layerOf = (trace, layer) => Array.from({ length: trace.heads }, (_, head) => [layer, head]);

/** The maps of `heads`, each a [layer, head], combined cell by cell. */
function combined(trace, heads, combine) {
  const maps = heads.map(([layer, head]) => headOf(trace, layer, head));
  return trace.tokens.map((_, query) => trace.tokens.map((_, key) => combine(maps.map((map) => map[query][key]))));
}

export const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
export const meanOf = (trace, heads) => combined(trace, heads, (weights) => sum(weights) / weights.length);
export const maximumOf = (trace, heads) => combined(trace, heads, (weights) => Math.max(...weights));

/** What each key gets on average, as a map of one row. */
export const received = (map) => [map[0].map((_, key) => sum(map.map((row) => row[key])) / map.length)];

/** Abnar and Zuidema 2020, equation 1, with rows of A + I divided by their sums. */
export function rollout(trace, from, to) {
  let rolled;
  for (let layer = from; layer <= to; layer++) {
    const mixed = meanOf(trace, layerOf(trace, layer)).map((row, query) => row.map((weight, key) => (weight + (query === key)) / 2));
    rolled = rolled
      ? mixed.map((row) => rolled[0].map((_, key) => sum(row.map((weight, between) => weight * rolled[between][key]))))
      : mixed;
  }
  return rolled;
}

/** What the lens `id` makes of a trace, or null where it takes more than weights. */
export function throughLens(trace, id, { layer, head, heads = [], from = 0 }) {
  const chosen = heads.length > 0 ? heads : layerOf(trace, layer);
  switch (id) {
    case 'weight': return headOf(trace, layer, head);
    case 'mean': return meanOf(trace, chosen);
    case 'max': return maximumOf(trace, chosen);
    case 'received': return received(heads.length > 0 ? meanOf(trace, heads) : headOf(trace, layer, head));
    case 'rollout': return rollout(trace, Math.min(from, layer), layer);
    default: return null;
  }
}

// BERT's: every symbol of ASCII, and what Unicode calls punctuation.
const PUNCTUATION = /^[\p{P}$+<=>^`|~]+$/u;

/** What has a row and a column: `{ tokens, text, special, punctuation, segment }`, a token each, or a word. */
export function unitsOf({ tokens, texts }, words) {
  const units = [];
  tokens.forEach((token, index) => {
    const before = units.at(-1);
    const goesOn = words && token.text.startsWith('##') && before && !before.special && before.segment === token.segment;
    if (goesOn) {
      before.tokens.push(index);
      before.end = token.end;
    } else {
      units.push({ tokens: [index], start: token.start, end: token.end, special: token.special, segment: token.segment });
    }
  });
  for (const unit of units) {
    unit.text = unit.special ? tokens[unit.tokens[0]].text : texts[unit.segment].slice(unit.start, unit.end);
    unit.punctuation = !unit.special && PUNCTUATION.test(unit.text);
  }
  return units;
}

/** Which [segment of the rows, segment of the columns] a part of a pair is. */
const PARTS = { 'a-a': [0, 0], 'a-b': [0, 1], 'b-a': [1, 0], 'b-b': [1, 1] };

/**
 * A map over tokens as the filters leave it: `{ rows, queries, keys, hidden }`, with the units on its axes and the share
 * of each row that is hidden. `distribution`: its rows sum to 1, so that what is left may be divided by its sum.
 */
export function filtered(trace, map, { special, punctuation, words, pairPart } = {}, distribution = true) {
  const units = unitsOf(trace, words);
  const oneRow = map.length === 1 && trace.tokens.length > 1;
  const treatment = (unit) => (unit.special ? special : unit.punctuation && punctuation) || 'show';
  const shown = (unit) => treatment(unit) === 'show';
  const [ofQueries, ofKeys] = PARTS[pairPart] ?? [];
  const within = (segment) => (unit) => segment === undefined || unit.segment === segment;
  const queries = units.filter(shown).filter(within(ofQueries));
  const keys = units.filter(shown).filter(within(ofKeys));
  const made = oneRow ? [null] : queries;
  const all = made.map((query) => {
    const rows = query ? query.tokens.map((token) => map[token]) : map;
    return (unit) => sum(rows.map((row) => sum(unit.tokens.map((token) => row[token])))) / rows.length;
  });
  const hidden = all.map((weight) => 1 - sum(keys.map(weight)) / sum(units.map(weight)));
  const rows = all.map((weight) => {
    const gone = sum(units.filter((unit) => distribution && treatment(unit) === 'renormalise').map(weight));
    const left = gone > 0 ? sum(units.map(weight)) - gone : 1;
    return keys.map((key) => weight(key) / left);
  });
  return { rows, queries: oneRow ? [null] : queries, keys, hidden };
}

/** The largest difference between two maps; infinite where their shapes differ. */
export function distance(one, other) {
  if (one.length !== other.length || one.some((row, at) => row.length !== other[at].length)) return Infinity;
  return Math.max(0, ...one.flatMap((row, query) => row.map((number, key) => {
    const difference = Math.abs(number - other[query][key]);
    return Number.isNaN(difference) ? Infinity : difference;
  })));
}
