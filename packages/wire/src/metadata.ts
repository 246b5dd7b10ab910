import type { MetadataEntries, MetadataEntry } from './frame.js';
import { noEntries } from './frame-objects.js';

/** The methods of grpc-js's `Metadata` that this package uses. With this type the package does not depend on grpc-js. */
export interface MetadataLike {
  /** All keys, each with one of its values. */
  getMap(): Record<string, unknown>;
  /** All values of a key, in order. */
  get(key: string): (string | Buffer)[];
}

/**
 * Converts metadata to the form in which it travels: every value of every key, in order. It leaves out keys with a colon. grpc-js lets you set
 * them, but they belong to HTTP/2, gRPC does not allow them, and a reader refuses a record that has one.
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

/** Adds received entries to a grpc-js `Metadata`, and returns that metadata. */
export function addEntries<M extends { add(key: string, value: string | Buffer): void }>(
  metadata: M,
  entries: MetadataEntries,
): M {
  for (const [key, value] of entries) {
    metadata.add(key, typeof value === 'string' ? value : Buffer.from(value.buffer, value.byteOffset, value.length));
  }
  return metadata;
}
