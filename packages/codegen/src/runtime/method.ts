import type { MethodDefinition } from '@grpc/grpc-js';
import { fileDescriptors, type ProtoFile } from './file-descriptor.js';
import type { Init, MessageType } from './message-type.js';

/** What reflection needs to know of a message, where @grpc/proto-loader has it too. */
interface DescribedType {
  readonly format: 'Protocol Buffer 3 DescriptorProto';
  readonly type: { readonly name: string };
  /** The serialized file of the method, and all that it imports. */
  readonly fileDescriptorProtos: Buffer[];
  /** The files are as protoc would write them. */
  readonly complete: true;
}

/** A method of a generated service: what grpc-js's `addService` takes, and what a generated client calls. */
export interface Method<I, O, RequestStream extends boolean, ResponseStream extends boolean>
  extends Omit<MethodDefinition<Init<I>, Init<O>>, 'requestDeserialize' | 'responseDeserialize'> {
  readonly requestStream: RequestStream;
  readonly responseStream: ResponseStream;
  readonly requestDeserialize: (bytes: Buffer) => I;
  readonly responseDeserialize: (bytes: Buffer) => O;
  readonly requestType: DescribedType;
  readonly responseType: DescribedType;
  /** The method's own options, named as in the .proto file; those that are extensions in parentheses. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Of the option `timeout` in wherry/v1/options.proto: how long a call takes at most whose caller gives no deadline. */
  readonly timeoutMs: number | undefined;
}

/** What generated code says of a method. */
export interface MethodSpec<I, O, RequestStream extends boolean, ResponseStream extends boolean> {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** The method's name in the .proto file. */
  readonly name: string;
  readonly request: MessageType<I>;
  readonly response: MessageType<O>;
  readonly requestStream: RequestStream;
  readonly responseStream: ResponseStream;
  readonly file: ProtoFile;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Makes a method from what generated code says of it. */
export function method<I, O, RequestStream extends boolean, ResponseStream extends boolean>({
  path,
  name,
  request,
  response,
  requestStream,
  responseStream,
  file,
  options = {},
}: MethodSpec<I, O, RequestStream, ResponseStream>): Method<I, O, RequestStream, ResponseStream> {
  return {
    path,
    originalName: name,
    requestStream,
    responseStream,
    requestSerialize: request.encode,
    requestDeserialize: request.decode,
    responseSerialize: response.encode,
    responseDeserialize: response.decode,
    requestType: describe(request, file),
    responseType: describe(response, file),
    options,
    timeoutMs: timeoutOf(options['(wherry.v1.timeout)']),
  };
}

/** `1.5s` in whole milliseconds; that it is so is checked when the code is generated. */
function timeoutOf(option: unknown): number | undefined {
  return typeof option === 'string' ? Math.ceil(Number((Number.parseFloat(option) * 1000).toFixed(6))) : undefined;
}

function describe<T>({ typeName }: MessageType<T>, file: ProtoFile): DescribedType {
  return {
    format: 'Protocol Buffer 3 DescriptorProto',
    type: { name: typeName.slice(typeName.lastIndexOf('.') + 1) },
    get fileDescriptorProtos() {
      return fileDescriptors(file);
    },
    complete: true,
  };
}
