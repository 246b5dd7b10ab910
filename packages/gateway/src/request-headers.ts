import type { IncomingHttpHeaders } from 'node:http2';
import { ExactMetadata, isHopByHop } from './exact-metadata.js';

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/**
 * The deadline of a request, in milliseconds since the Unix epoch: Infinity if the request has none, undefined if its `grpc-timeout`
 * is malformed.
 */
export function deadlineOf(headers: IncomingHttpHeaders): number | undefined {
  const timeout = headers['grpc-timeout'];
  if (timeout === undefined) return Number.POSITIVE_INFINITY;
  if (typeof timeout !== 'string' || !/^\d{1,8}[HMSmun]$/.test(timeout)) return undefined;
  const unit = unitMs[timeout.slice(-1)] ?? 0;
  return Date.now() + Math.floor(Number(timeout.slice(0, -1)) * unit);
}

/**
 * The metadata of a request: its headers without those that belong to HTTP/2 or to this hop. Headers that cannot be metadata
 * (their text is not printable ASCII) are left out.
 *
 * @param headers with the values of repeated headers separated: see `separateValues`.
 */
export function metadataOf(headers: IncomingHttpHeaders): ExactMetadata {
  const metadata = new ExactMetadata();
  for (const key of Object.keys(headers)) {
    if (key.startsWith(':') || isHopByHop(key)) continue;
    const values = headers[key];
    for (const value of Array.isArray(values) ? values : [values ?? '']) addText(metadata, key, value);
  }
  return metadata;
}

function addText(metadata: ExactMetadata, key: string, value: string): void {
  try {
    if (!key.endsWith('-bin')) metadata.add(key, value);
    else for (const part of value.split(',')) metadata.add(key, Buffer.from(part.trim(), 'base64'));
  } catch {
    // grpc-js refuses this as metadata. No gRPC client sends it.
  }
}
