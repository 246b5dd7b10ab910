import { fileURLToPath } from 'node:url';
import { createRegistry, type FileRegistry, type JsonValue, type Registry } from '@bufbuild/protobuf';
import type { Metadata } from '@grpc/grpc-js';
import { describe } from '@wherry/codegen';
import { MessageJson } from './json/message-json.js';
import { schemaOf } from './json/schema.js';

/** The trailer that has a serialized `google.rpc.Status`. */
export const statusDetailsKey = 'grpc-status-details-bin';

const proto = fileURLToPath(new URL('../../proto/google/rpc/status.proto', import.meta.url));

/**
 * The details of a status, as JSON: those of `google.rpc` and of the types given are looked into, of others the bytes are
 * shown. Undefined where it has none, or none that can be read.
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
