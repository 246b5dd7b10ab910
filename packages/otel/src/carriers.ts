import type { Metadata } from '@grpc/grpc-js';
import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api';
import type { MetadataEntries, MetadataEntry } from '@wherry/wire';

/** The keys that carry W3C's trace context and baggage, in any carrier. */
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

/** Reads trace context from metadata in the form that it has in a frame. */
export const inEntries: TextMapGetter<MetadataEntries> = {
  keys: (entries) => entries.map(([key]) => key),
  get: (entries, key) => {
    // This runs several times a call and mostly finds nothing, so it allocates nothing until it finds a value.
    let found: string | string[] | undefined;
    for (const [name, value] of entries) {
      if (name !== key) continue;
      found = found === undefined ? String(value) : [found, String(value)].flat();
    }
    return found;
  },
};

/** Collects the entries to add to a frame's metadata. */
export const intoEntries: TextMapSetter<MetadataEntry[]> = {
  set: (entries, key, value) => entries.push([key, value]),
};
