// What many measurements come to.

/** Median and further percentiles, in the unit of `values`; null without values. */
export function quantiles(values) {
  const sorted = values.filter((value) => value !== null).sort((one, other) => one - other);
  if (sorted.length === 0) return null;
  const at = (part) => {
    const position = part * (sorted.length - 1);
    const below = Math.floor(position);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
  };
  return { median: at(0.5), p10: at(0.1), p90: at(0.9), p95: at(0.95), runs: sorted.length };
}
