const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/**
 * Converts a time such as `250ms`, `5s`, `1.5s`, `10m` or `1h` to milliseconds.
 *
 * @throws RangeError that says which form is right.
 */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(amount) * unitMs[(unit ?? 'ms') as keyof typeof unitMs];
  if (!(ms > 0) || !Number.isSafeInteger(Math.round(ms))) {
    throw new RangeError(`${JSON.stringify(text)} is not a time above 0 such as 250ms, 5s, 10m or 1h`);
  }
  return ms;
}
