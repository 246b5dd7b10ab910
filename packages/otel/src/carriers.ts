import type { Metadata } from '@grpc/grpc-js';
import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api';
import type { MetadataEntries } from '@wherry/wire';

/** Trace context in a call's metadata: `traceparent`, `tracestate` and `baggage`, as over HTTP/2. */
export const inMetadata: TextMapGetter<Metadata> & TextMapSetter<Metadata> = {
  keys: (metadata) => Object.keys(metadata.getMap()),
  get: (metadata, key) => metadata.get(key).map(String),
  set: (metadata, key, value) => metadata.set(key, value),
};

/** The same, as metadata travels in a frame. */
export const inEntries: TextMapGetter<MetadataEntries> = {
  keys: (entries) => entries.map(([key]) => key),
  get: (entries, key) => {
    const values = entries.flatMap(([name, value]) => (name === key ? String(value) : []));
    return values.length > 1 ? values : values[0];
  },
};
