// What generated code calls for fields that take more than a call of the reader or the writer.

/** Bytes that are not there. Nobody can change what has no length. */
export const noBytes = new Uint8Array(0);

/** Sets an entry of a map, whatever its key is. */
export function setEntry<V>(map: Record<string, V>, key: string | number, value: V): void {
  if (key === '__proto__') {
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  } else map[key] = value;
}

/** A map's copy, with what `copy` makes of each value. */
export function copyMap<A, B>(
  map: Readonly<Record<string, A | undefined>> | undefined,
  copy: (value: A) => B,
): Record<string, B> {
  const copied: Record<string, B> = {};
  if (map !== undefined) {
    for (const [key, value] of Object.entries(map)) if (value !== undefined) setEntry(copied, key, copy(value));
  }
  return copied;
}

/** @throws RangeError for an integer that a number would not hold exactly. */
export function safeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is more than a number can hold exactly`);
  return number;
}
