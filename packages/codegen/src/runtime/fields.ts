// Helpers that generated code calls for some fields, in addition to the reader and the writer.

/** The default of a bytes field. All messages share it, because an array without bytes cannot be changed. */
export const noBytes = new Uint8Array(0);

/** Sets an entry of a map. It works for every key, even `__proto__`. */
export function setEntry<V>(map: Record<string, V>, key: string | number, value: V): void {
  if (key === '__proto__') {
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  } else map[key] = value;
}

/** Copies a map, and converts each value with `copy`. Entries with the value undefined are left out. */
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

/** Converts an integer to a number. @throws RangeError if a number cannot represent it exactly. */
export function safeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is too large for a number to hold exactly`);
  return number;
}
