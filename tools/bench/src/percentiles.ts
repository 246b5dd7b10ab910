/** Sorts `samples` in place. Percentiles by nearest rank: each is a value that was measured. */
export function percentiles(samples: Float64Array): { p50: number; p99: number; max: number } {
  samples.sort();
  const at = (share: number) => samples[Math.max(0, Math.ceil(share * samples.length) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The median, and how far the values lie apart. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  const high = sorted[sorted.length >> 1] ?? Number.NaN;
  return { median: (low + high) / 2, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}
