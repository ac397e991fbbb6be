// In the page: whether what is painted has the legend's colours. The canvases say where they paint (src/page.rs).

/** The cells of the large map that don't have the colour of their weight. */
export function wrongCells({ layer, head, scale, exchanged = false }) {
  const { weights, tokens } = headMap(layer, head, scale);
  const at = ([query, key]) => (exchanged ? weights[key * tokens + query] : weights[query * tokens + key]);
  const rows = Array.from({ length: tokens }, (_, query) => Array.from({ length: tokens }, (_, key) => at([query, key])));
  return wrongCellsOf({ part: 'matrix', rows, scale });
}

/** Likewise of any table that a part shows. `rows` are its numbers. */
export function wrongCellsOf({ part, rows, scale, threshold = 0 }) {
  const canvas = find(part);
  const [queries, keys] = numbers(canvas, 'queries', 'keys');
  if (queries !== rows.length || keys !== rows[0].length) return ['another map is shown'];
  const [x, y, width, height] = numbers(canvas, 'origin-x', 'origin-y', 'cell', 'row');
  const share = shareOf(scale, rows.flat());
  const wrong = wrongColours(canvas);
  // Above the middle, where its figure may stand.
  return rows.flatMap((row, query) => row
    .map((number, key) => [number, key])
    .filter(([number, key]) => wrong(x + (key + 0.5) * width, y + (query + 0.15) * height, number < threshold ? 0 : share(number)))
    .map(([, key]) => [query, key]));
}

/** Those of `numbers`, out of a scale from 0 to 1, whose colour no pixel of a part has. */
export function missingColours({ part, numbers }) {
  const canvas = find(part);
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const painted = new Set(new Uint32Array(data.buffer));
  const allowed = near(legendPixels());
  const pixels = [...painted].map((pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255]);
  return numbers.filter((number) => !pixels.some((pixel) => allowed(pixel, number)));
}

/** Likewise of all thumbnails, which must be large enough to show every cell. */
export function wrongThumbnailCells({ scale }) {
  const canvas = find('grid');
  const [x, y, side, pitch, rowPitch] = numbers(canvas, 'origin-x', 'origin-y', 'side', 'pitch', 'row-pitch');
  const wrong = wrongColours(canvas);
  const [{ layers, heads }] = window.trace.maps;
  return Array.from({ length: layers * heads }).flatMap((_, index) => {
    const [layer, head] = [Math.floor(index / heads), index % heads];
    const { weights, tokens, share } = headMap(layer, head, scale);
    const at = (cell) => ((cell + 0.5) * side) / tokens;
    return cells(tokens)
      .filter(([query, key]) => wrong(x + head * pitch + at(key), y + layer * rowPitch + at(query), share(weights[query * tokens + key])))
      .map(([query, key]) => [layer, head, query, key]);
  });
}

/** A row of the legend's pixels, red, green, blue and alpha of each. */
export function legendRow() {
  return [...legendPixels()];
}

/** The first and last colour of the legend. */
export function legendEnds() {
  const legend = legendPixels();
  return [[...legend.slice(0, 3)], [...legend.slice(-4, -1)]];
}

/** A number that changes when a part's pixels do. */
export function fingerprint(part) {
  const canvas = find(part);
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, 0);
}

/** How many colours a part's pixels have. */
export function colours(part) {
  const canvas = find(part);
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
}

function find(part) {
  return document.querySelector('attention-map').shadowRoot.querySelector(`[part~="${part}"]`);
}

function numbers(canvas, ...names) {
  return names.map((name) => Number(canvas.getAttribute(`data-${name}`)));
}

/** One head's weights, and how far along the colours each lies. */
function headMap(layer, head, scale) {
  const [map] = window.trace.maps;
  const tokens = map.queries.length;
  const start = (layer * map.heads + head) * tokens * tokens;
  const weights = map.weights.subarray(start, start + tokens * tokens);
  return { weights, tokens, share: shareOf(scale, weights) };
}

/** The weight that the last colour stands for, by scale. Of 'small', 99 of 100 weights do not exceed it. */
const ENDS = {
  unit: () => 1,
  max: (weights) => Math.max(...weights),
  small: (weights) => [...weights].sort((a, b) => a - b)[Math.ceil(0.99 * weights.length) - 1],
  log: (weights) => Math.max(...weights),
};

/** How far along the colours a weight lies, among `weights`. The logarithmic scale goes down to a 10,000th of its end. */
function shareOf(scale, weights) {
  const end = ENDS[scale](weights);
  return scale === 'log' ? (weight) => Math.max(1 + Math.log10(weight / end) / 4, 0) : (weight) => weight / end;
}

function cells(tokens) {
  return Array.from({ length: tokens * tokens }, (_, index) => [Math.floor(index / tokens), index % tokens]);
}

function legendPixels() {
  const bar = find('legend-bar');
  return bar.getContext('2d').getImageData(0, bar.height >> 1, bar.width, 1).data;
}

/** A test of one point, in CSS pixels: whether its colour isn't the legend's at `share` of its width. */
function wrongColours(canvas) {
  const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const ratio = canvas.width / canvas.clientWidth;
  const allowed = near(legendPixels());
  return (x, y, share) => {
    const pixel = (Math.floor(y * ratio) * width + Math.floor(x * ratio)) * 4;
    return !allowed(data.subarray(pixel, pixel + 3), share);
  };
}

/** A test of one colour: whether it is the legend's at `share` of its width. */
function near(legend) {
  const columns = legend.length / 4;
  return (pixel, share) => {
    // The legend has as many colours as pixels: the right one lies between its neighbours.
    const middle = Math.round(Math.min(share, 1) * (columns - 1));
    const around = [Math.max(middle - 1, 0), middle, Math.min(middle + 1, columns - 1)];
    return [0, 1, 2].every((channel) => {
      const allowed = around.map((column) => legend[column * 4 + channel]);
      return pixel[channel] >= Math.min(...allowed) - 1 && pixel[channel] <= Math.max(...allowed) + 1;
    });
  };
}
