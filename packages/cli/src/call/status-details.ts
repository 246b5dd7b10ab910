import { fileURLToPath } from 'node:url';
import { createRegistry, type FileRegistry, type JsonValue, type Registry } from '@bufbuild/protobuf';
import type { Metadata } from '@grpc/grpc-js';
import { describe } from '@wherry/codegen';
import { MessageJson } from './json/message-json.js';
import { schemaOf } from './json/schema.js';

/** The key of the trailer with a serialized `google.rpc.Status`. */
export const statusDetailsKey = 'grpc-status-details-bin';

const proto = fileURLToPath(new URL('../../proto/google/rpc/status.proto', import.meta.url));

/**
 * Converts the details of a status to JSON. It decodes messages of `google.rpc` and of the given types, and shows the bytes of
 * others. Undefined if the status has no details, or they cannot be read.
 */
export function statusDetails(trailers: Metadata, types: Registry): readonly JsonValue[] | undefined {
  const [bytes] = trailers.get(statusDetailsKey);
  if (!Buffer.isBuffer(bytes)) return undefined;
  const rpc: FileRegistry = schemaOf(describe({ files: [proto] }));
  const type = rpc.getMessage('google.rpc.Status');
  if (type === undefined) return undefined;
  try {
    const status = new MessageJson(createRegistry(types, rpc)).decode(type, bytes);
    return (status as { details?: JsonValue[] }).details;
  } catch {
    return undefined;
  }
}
