/** A `google.protobuf.Timestamp` or `Duration`, with any type for 64-bit integers. */
interface Seconds {
  readonly seconds: bigint | string | number;
  readonly nanos: number;
}

/** Converts a Date to a `google.protobuf.Timestamp`. @throws RangeError for an invalid Date. */
export function timestampOf(date: Date): { seconds: bigint; nanos: number } {
  const ms = date.getTime();
  // Nanoseconds count forward, even before 1970.
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1_000_000 };
}

/** Converts a `google.protobuf.Timestamp` to a Date, rounded down to a millisecond. */
export function dateOf({ seconds, nanos }: Seconds): Date {
  return new Date(Number(seconds) * 1000 + Math.floor(nanos / 1_000_000));
}

/** Converts milliseconds to a `google.protobuf.Duration`. @throws RangeError for NaN and infinite values. */
export function durationOf(milliseconds: number): { seconds: bigint; nanos: number } {
  const seconds = Math.trunc(milliseconds / 1000);
  const nanos = Math.round((milliseconds - seconds * 1000) * 1_000_000);
  // Both have the same sign. -0 becomes 0.
  return { seconds: BigInt(seconds), nanos: nanos === 0 ? 0 : nanos };
}

/** Converts a `google.protobuf.Duration` to milliseconds. */
export function millisecondsOf({ seconds, nanos }: Seconds): number {
  return Number(seconds) * 1000 + nanos / 1_000_000;
}
