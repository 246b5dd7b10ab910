import type { OutgoingHttpHeaders } from 'node:http2';
import { Metadata } from '@grpc/grpc-js';

/**
 * Metadata that writes itself into HTTP/2 headers as the gRPC specification has it. grpc-js's own pads base64, and
 * Node refuses some of what it repeats.
 */
export class ExactMetadata extends Metadata {
  static from(metadata: Metadata): ExactMetadata {
    return copyOf(metadata, () => true);
  }

  /** What one hop passes on to the next: all but what belongs to the hop itself. */
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

/** Text as `grpc-message` has it: percent-encoded UTF-8 but for printable ASCII. Half a surrogate pair is U+FFFD. */
export function percentEncoded(text: string): string {
  const encoded = wellFormed(text).replace(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent);
  // White space at the ends is not safe in a header.
  const rest = encoded.trimStart();
  const inner = rest.trimEnd();
  return '%20'.repeat(encoded.length - rest.length) + inner + '%20'.repeat(rest.length - inner.length);
}

/** The same of as much of the text as `maxLength` bytes hold, with dots where that is not all. */
export function percentEncodedPart(text: string, maxLength: number): string {
  // No character takes less than one.
  const encoded = percentEncoded(text.slice(0, maxLength + 1));
  if (encoded.length <= maxLength) return encoded;
  let part = encoded.slice(0, maxLength);
  while (!isEncoded(part)) part = part.slice(0, -1);
  return `${part}...`;
}

/** Whether it ends behind a whole character. */
function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** How long headers are, in bytes, as HTTP/2 counts them (RFC 9113, section 6.5.2). */
export function headersLength(headers: OutgoingHttpHeaders): number {
  let length = 0;
  for (const name of Object.keys(headers)) {
    const values = headers[name];
    for (const value of Array.isArray(values) ? values : [values]) length += name.length + String(value).length + 32;
  }
  return length;
}

/** What a `grpc-message` says; one that is not encoded well is taken as it stands. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Text without halves of surrogate pairs, which have no UTF-8: each is U+FFFD. */
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

/** Headers that Node refuses to send twice, those apart that a relay strips: their values share one. */
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
