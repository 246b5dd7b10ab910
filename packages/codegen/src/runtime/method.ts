import type { MethodDefinition } from '@grpc/grpc-js';
import { fileDescriptors, type ProtoFile } from './file-descriptor.js';
import type { Init, MessageType } from './message-type.js';

/** The data about a message that reflection needs, in the form of @grpc/proto-loader. */
interface DescribedType {
  readonly format: 'Protocol Buffer 3 DescriptorProto';
  readonly type: { readonly name: string };
  /** The serialized file of the method, and all its imports. */
  readonly fileDescriptorProtos: Buffer[];
  /** Says that the files are as protoc would write them. */
  readonly complete: true;
}

/** A method of a generated service. Both `addService` and generated clients use it. */
export interface Method<I, O, RequestStream extends boolean, ResponseStream extends boolean>
  extends Omit<MethodDefinition<Init<I>, Init<O>>, 'requestDeserialize' | 'responseDeserialize'> {
  readonly requestStream: RequestStream;
  readonly responseStream: ResponseStream;
  readonly requestDeserialize: (bytes: Buffer) => I;
  readonly responseDeserialize: (bytes: Buffer) => O;
  readonly requestType: DescribedType;
  readonly responseType: DescribedType;
  /** The method's options, named as in the .proto file. The names of extensions are in parentheses. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The option `timeout` of wherry/v1/options.proto in milliseconds: how long a call may take if its caller gives no deadline. */
  readonly timeoutMs: number | undefined;
}

/** The data about a method in generated code. */
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

/** Makes a method from the data in generated code. */
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

/** Converts `1.5s` to whole milliseconds, rounded up. `wherry gen` has checked the format. */
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
