/** A `google.protobuf.Timestamp` or `Duration`, whatever 64-bit integers are in it. */
interface Seconds {
  readonly seconds: bigint | string | number;
  readonly nanos: number;
}

/** @returns a `google.protobuf.Timestamp`. @throws RangeError for a Date that is none. */
export function timestampOf(date: Date): { seconds: bigint; nanos: number } {
  const ms = date.getTime();
  // Nanoseconds count forward, before 1970 too.
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1_000_000 };
}

/** The Date of a `google.protobuf.Timestamp`, to its millisecond. */
export function dateOf({ seconds, nanos }: Seconds): Date {
  return new Date(Number(seconds) * 1000 + Math.floor(nanos / 1_000_000));
}

/** @returns a `google.protobuf.Duration`. @throws RangeError for milliseconds that are no number. */
export function durationOf(milliseconds: number): { seconds: bigint; nanos: number } {
  const seconds = Math.trunc(milliseconds / 1000);
  const nanos = Math.round((milliseconds - seconds * 1000) * 1_000_000);
  // Both have the same sign, and no zero has one.
  return { seconds: BigInt(seconds), nanos: nanos === 0 ? 0 : nanos };
}

/** The milliseconds of a `google.protobuf.Duration`. */
export function millisecondsOf({ seconds, nanos }: Seconds): number {
  return Number(seconds) * 1000 + nanos / 1_000_000;
}
