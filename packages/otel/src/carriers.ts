import type { Metadata } from '@grpc/grpc-js';
import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api';
import type { MetadataEntries, MetadataEntry } from '@wherry/wire';

/** What W3C's trace context and baggage are in, in any carrier. */
export const w3cFields: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'baggage']);

/** Trace context in a call's metadata: `traceparent`, `tracestate` and `baggage`, as over HTTP/2. */
export const inMetadata: TextMapGetter<Metadata> & TextMapSetter<Metadata> = {
  keys: (metadata) => Object.keys(metadata.getMap()),
  get: (metadata, key) => {
    const values = metadata.get(key);
    return values.length === 0 ? undefined : values.map(String);
  },
  set: (metadata, key, value) => metadata.set(key, value),
};

/** The same, as metadata travels in a frame. */
export const inEntries: TextMapGetter<MetadataEntries> = {
  keys: (entries) => entries.map(([key]) => key),
  get: (entries, key) => {
    // Called several times a call, mostly in vain.
    let found: string | string[] | undefined;
    for (const [name, value] of entries) {
      if (name !== key) continue;
      found = found === undefined ? String(value) : [found, String(value)].flat();
    }
    return found;
  },
};

/** Entries that are to be added to a frame's metadata. */
export const intoEntries: TextMapSetter<MetadataEntry[]> = {
  set: (entries, key, value) => entries.push([key, value]),
};
