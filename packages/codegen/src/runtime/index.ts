export type { CallContext } from './call-context.js';
export { type CallOptions, type MetadataInit, toMetadata } from './call-options.js';
export { callBidi, callClientStream, callServerStream, callUnary } from './calls.js';
export {
  copyMap,
  noBytes,
  safeNumber,
  setEntry,
} from './fields.js';
export { fileDescriptors, type ProtoFile } from './file-descriptor.js';
export {
  asyncHandlers,
  type BidiHandler,
  type ClientStreamHandler,
  type HandlerOptions,
  type Response,
  type Responses,
  type ServerStreamHandler,
  type UnaryHandler,
} from './handlers.js';
export { type Init, type MessageType, messageType } from './message-type.js';
export { type Method, type MethodSpec, method } from './method.js';
export { Reader } from './reader.js';
export type { ResponseStream } from './response-stream.js';
export type { Requests } from './send-requests.js';
export { ServiceClient } from './service-client.js';
export { StatusError } from './status-error.js';
export { Writer } from './writer.js';
