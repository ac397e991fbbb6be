// Goldens (tests/reference/README.md says what is in them) and what a trace must have in common with one. Runs
// in node and in a page.

const SUM_TOLERANCE = 1e-4;

const ARRAYS = { F32: Float32Array, I32: Int32Array, U8: Uint8Array };

/** A golden from the bytes of its file. */
export function readGolden(bytes) {
  const headerLength = Number(new DataView(bytes).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, headerLength)));
  const { __metadata__: metadata, ...entries } = header;
  const golden = {
    text: metadata.text,
    textB: metadata.text_b,
    pieces: JSON.parse(metadata.pieces),
    cuts: JSON.parse(metadata.cuts),
    tolerance: Number(metadata.tolerance),
    shapes: {},
  };
  for (const [name, { dtype, shape, data_offsets: [start, end] }] of Object.entries(entries)) {
    golden[name] = new ARRAYS[dtype](bytes.slice(8 + headerLength + start, 8 + headerLength + end));
    golden.shapes[name] = shape;
  }
  return golden;
}

/** In how many ways, and which, a trace that `el.run` gave isn't what the golden promises. Empty where it is. */
export function disagreements(trace, golden) {
  const [map] = trace.maps;
  const [layers, heads, , length] = golden.shapes.attention;
  const texts = golden.textB === undefined ? [golden.text] : [golden.text, golden.textB];
  const found = [
    ...differing('texts', trace.texts, texts),
    ...differing('cuts', trace.cuts.map(({ segment, start, tokens }) => ({ segment, start, tokens })), golden.cuts),
    ...differing('map', [trace.maps.length, map.kind, map.layers, map.heads], [1, 'self', layers, heads]),
    ...differing('pieces', map.queries.map((token) => token.text), golden.pieces),
    ...differing('spans', map.queries.flatMap((token) => [token.start, token.end]), [...golden.spans]),
    ...differing('special', map.queries.map((token) => Number(token.special)), [...golden.special]),
    ...differing('segments', map.queries.map((token) => token.segment), [...golden.segment]),
    ...differing('keys', map.keys, map.queries),
    ...differing('number of weights', map.weights.length, layers * heads * length * length),
  ];
  return found.length ? found : weightDisagreements(map.weights, golden, layers * heads, length);
}

function weightDisagreements(weights, golden, maps, length) {
  const rows = golden.rows.length;
  const kept = worst();
  const projected = worst();
  const sums = worst();
  for (let head = 0; head < maps; head++) {
    for (let query = 0; query < length; query++) {
      const row = weights.subarray((head * length + query) * length, (head * length + query + 1) * length);
      let sum = 0;
      let projection = 0;
      for (let key = 0; key < length; key++) {
        sum += row[key];
        projection += row[key] * Math.cos(key);
      }
      sums.add(sum, 1);
      projected.add(projection, golden.row_projection[head * length + query]);
    }
    for (let row = 0; row < rows; row++) {
      for (let key = 0; key < length; key++) {
        kept.add(
          weights[(head * length + golden.rows[row]) * length + key],
          golden.attention[(head * rows + row) * length + key],
        );
      }
    }
  }
  return [
    kept.complaint('attention', golden.tolerance),
    // The errors of one row's weights are of either sign, so their sum grows as the square root of their number.
    projected.complaint('row projection', golden.tolerance * Math.sqrt(length)),
    sums.complaint('row sum', SUM_TOLERANCE),
  ].filter((complaint) => complaint !== null);
}

/** The pair of numbers furthest apart of all that were added; a NaN is further than anything. */
function worst() {
  let distance = 0;
  let pair = null;
  return {
    add(got, expected) {
      const apart = Math.abs(got - expected);
      if (apart <= distance || Number.isNaN(distance)) return;
      distance = apart;
      pair = [got, expected];
    },
    complaint: (what, tolerance) =>
      distance <= tolerance ? null : `${what}: expected ${pair[1]} within ${tolerance}, got ${pair[0]}`,
  };
}

function differing(what, got, expected) {
  const [one, other] = [JSON.stringify(got), JSON.stringify(expected)];
  return one === other ? [] : [`${what}: expected ${other}, got ${one}`];
}
