import type { MetadataEntries, MetadataEntry } from './frame.js';
import { noEntries } from './frame-objects.js';

/** What is needed of grpc-js's `Metadata`, so that this package need not know grpc-js. */
export interface MetadataLike {
  /** Its keys, with a value each. */
  getMap(): Record<string, unknown>;
  /** All values of a key, in order. */
  get(key: string): (string | Buffer)[];
}

/**
 * Metadata as it travels: every value of every key, in order. Keys with a colon are left out: grpc-js lets them be set,
 * but they are HTTP/2's own, gRPC has none such, and a reader refuses the record that has one.
 */
export function metadataToEntries(metadata: MetadataLike): MetadataEntries {
  let entries: MetadataEntry[] | undefined;
  for (const key in metadata.getMap()) {
    if (key.includes(':')) continue;
    entries ??= [];
    for (const value of metadata.get(key)) entries.push([key, value]);
  }
  return entries ?? noEntries;
}

/** Adds what travelled to a grpc-js `Metadata`, and returns it. */
export function addEntries<M extends { add(key: string, value: string | Buffer): void }>(
  metadata: M,
  entries: MetadataEntries,
): M {
  for (const [key, value] of entries) {
    metadata.add(key, typeof value === 'string' ? value : Buffer.from(value.buffer, value.byteOffset, value.length));
  }
  return metadata;
}
