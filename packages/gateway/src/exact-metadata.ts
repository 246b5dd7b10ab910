import type { OutgoingHttpHeaders } from 'node:http2';
import { Metadata } from '@grpc/grpc-js';

/**
 * Metadata that becomes HTTP/2 headers exactly as the gRPC specification says. grpc-js's own metadata pads base64, and repeats
 * headers that Node refuses to send twice.
 */
export class ExactMetadata extends Metadata {
  static from(metadata: Metadata): ExactMetadata {
    return copyOf(metadata, () => true);
  }

  /** The metadata that one hop passes on to the next: all keys except those that belong to the hop itself. */
  static forwarded(metadata: Metadata): ExactMetadata {
    return copyOf(metadata, (key) => !isHopByHop(key));
  }

  override clone(): ExactMetadata {
    return ExactMetadata.from(this);
  }

  override toHttp2Headers(): OutgoingHttpHeaders {
    const headers: OutgoingHttpHeaders = {};
    for (const key of Object.keys(this.getMap())) {
      const values = this.get(key).map((value) => (typeof value === 'string' ? value : unpadded(value)));
      headers[key] = values.length === 1 || onceInHttp.has(key) ? values.join(', ') : values;
    }
    return headers;
  }
}

function copyOf(metadata: Metadata, isKept: (key: string) => boolean): ExactMetadata {
  const copy = new ExactMetadata(metadata.getOptions());
  for (const key of Object.keys(metadata.getMap())) {
    if (isKept(key)) for (const value of metadata.get(key)) copy.add(key, value);
  }
  return copy;
}

/**
 * Encodes a text for `grpc-message`: UTF-8, with everything except printable ASCII percent-encoded. Half a surrogate pair becomes U+FFFD.
 */
export function percentEncoded(text: string): string {
  const encoded = wellFormed(text).replace(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent);
  // HTTP drops white space at the ends of a header.
  const rest = encoded.trimStart();
  const inner = rest.trimEnd();
  return '%20'.repeat(encoded.length - rest.length) + inner + '%20'.repeat(rest.length - inner.length);
}

/** Encodes a text as {@link percentEncoded} does, but cuts the encoded text to `maxLength` bytes. Three dots follow a text that was cut. */
export function percentEncodedPart(text: string, maxLength: number): string {
  // Each character takes at least one byte.
  const encoded = percentEncoded(text.slice(0, maxLength + 1));
  if (encoded.length <= maxLength) return encoded;
  let part = encoded.slice(0, maxLength);
  while (!isEncoded(part)) part = part.slice(0, -1);
  return `${part}...`;
}

/** Whether the text ends after a whole character. */
function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** The length of headers in bytes, as HTTP/2 counts it (RFC 9113, section 6.5.2). */
export function headersLength(headers: OutgoingHttpHeaders): number {
  let length = 0;
  for (const name of Object.keys(headers)) {
    const values = headers[name];
    for (const value of Array.isArray(values) ? values : [values]) length += name.length + String(value).length + 32;
  }
  return length;
}

/** Decodes a `grpc-message`. A text that is not percent-encoded correctly stays as it is. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Replaces each half of a surrogate pair with U+FFFD, because UTF-8 cannot encode it. */
export function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

/** Whether a header belongs to one hop, and is not passed on to the next. */
export function isHopByHop(key: string): boolean {
  return hopByHop.has(key);
}

const hopByHop = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'date',
  'grpc-accept-encoding',
  'grpc-encoding',
  'grpc-message',
  'grpc-status',
  'grpc-timeout',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers that Node refuses to send twice, so their values are joined in one. A relay removes the other headers that Node refuses. */
const onceInHttp = new Set([
  'access-control-allow-credentials',
  'access-control-max-age',
  'access-control-request-method',
  'age',
  'authorization',
  'content-encoding',
  'content-language',
  'content-location',
  'content-md5',
  'content-range',
  'dnt',
  'etag',
  'expires',
  'from',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'range',
  'referer',
  'retry-after',
  'tk',
  'upgrade-insecure-requests',
  'user-agent',
  'x-content-type-options',
]);
