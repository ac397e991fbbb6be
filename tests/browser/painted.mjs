// In the page: whether what is painted has the legend's colours. The canvases say where they paint (src/page.rs).

/** The cells of the large map whose middle doesn't have the colour of their weight. */
export function wrongCells({ layer, head, scale, exchanged = false }) {
  const canvas = find('matrix');
  const { weights, tokens, end } = headMap(layer, head, scale);
  if (numbers(canvas, 'queries', 'keys').some((count) => count !== tokens)) return ['another map is shown'];
  const [x, y, cell] = numbers(canvas, 'origin-x', 'origin-y', 'cell');
  const wrong = wrongColours(canvas);
  return cells(tokens).filter(([query, key]) => {
    const weight = exchanged ? weights[key * tokens + query] : weights[query * tokens + key];
    return wrong(x + (key + 0.5) * cell, y + (query + 0.5) * cell, weight / end);
  });
}

/** Likewise of all thumbnails, which must be large enough to show every cell. */
export function wrongThumbnailCells({ scale }) {
  const canvas = find('grid');
  const [x, y, side, pitch] = numbers(canvas, 'origin-x', 'origin-y', 'side', 'pitch');
  const wrong = wrongColours(canvas);
  const [{ layers, heads }] = window.trace.maps;
  return Array.from({ length: layers * heads }).flatMap((_, index) => {
    const [layer, head] = [Math.floor(index / heads), index % heads];
    const { weights, tokens, end } = headMap(layer, head, scale);
    const at = (cell) => ((cell + 0.5) * side) / tokens;
    return cells(tokens)
      .filter(([query, key]) => wrong(x + head * pitch + at(key), y + layer * pitch + at(query), weights[query * tokens + key] / end))
      .map(([query, key]) => [layer, head, query, key]);
  });
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

/** One head's weights, and the weight that the legend's last colour stands for. */
function headMap(layer, head, scale) {
  const [map] = window.trace.maps;
  const tokens = map.queries.length;
  const start = (layer * map.heads + head) * tokens * tokens;
  const weights = map.weights.subarray(start, start + tokens * tokens);
  return { weights, tokens, end: ENDS[scale](weights) };
}

/** The weight that the last colour stands for, by scale. Of 'small', 99 of 100 weights do not exceed it. */
const ENDS = {
  unit: () => 1,
  max: (weights) => Math.max(...weights),
  small: (weights) => [...weights].sort((a, b) => a - b)[Math.ceil(0.99 * weights.length) - 1],
};

function cells(tokens) {
  return Array.from({ length: tokens * tokens }, (_, index) => [Math.floor(index / tokens), index % tokens]);
}

function legendPixels() {
  const bar = find('legend-bar');
  return bar.getContext('2d').getImageData(0, bar.height >> 1, bar.width, 1).data;
}

/** A test of one point, in CSS pixels: whether its colour isn't the legend's at `share` of its width. */
function wrongColours(canvas) {
  const legend = legendPixels();
  const columns = legend.length / 4;
  const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const ratio = canvas.width / canvas.clientWidth;
  return (x, y, share) => {
    const pixel = (Math.floor(y * ratio) * width + Math.floor(x * ratio)) * 4;
    // The legend has as many colours as pixels: the right one lies between its neighbours.
    const middle = Math.round(Math.min(share, 1) * (columns - 1));
    const near = [Math.max(middle - 1, 0), middle, Math.min(middle + 1, columns - 1)];
    return [0, 1, 2].some((channel) => {
      const allowed = near.map((column) => legend[column * 4 + channel]);
      return data[pixel + channel] < Math.min(...allowed) - 1 || data[pixel + channel] > Math.max(...allowed) + 1;
    });
  };
}
