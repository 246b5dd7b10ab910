import { Reader } from './reader.js';
import { Writer } from './writer.js';

/**
 * A message as input. You may leave out any field at any depth; it then has its default. You may leave out a oneof too. If you
 * give a oneof, give its case.
 */
export type Init<T> = T extends string | number | bigint | boolean | undefined | Uint8Array
  ? T
  : T extends readonly (infer E)[]
    ? readonly Init<E>[]
    : T extends { readonly case: string | undefined }
      ? InitOneof<T>
      : InitFields<T>;

type InitFields<T> = { readonly [K in keyof T]?: Init<T[K]> | undefined };

/** Tells a oneof from a message that has a field named `case`: the `case` of a oneof has literal types. */
type InitOneof<T extends { readonly case: string | undefined }> = string extends T['case']
  ? InitFields<T>
  : T extends { readonly case: string; readonly value: infer V }
    ? { readonly case: T['case']; readonly value: Init<V> }
    : { readonly case?: undefined; readonly value?: undefined };

/** The codec of a message. */
export interface MessageType<T> {
  /** `package.Message`. */
  readonly typeName: string;
  /** Makes a complete message. Fields that `init` leaves out have their defaults. */
  create(init?: Init<T>): T;
  /** Encodes a message. Fields that `message` leaves out have their defaults. */
  encode(message: Init<T>): Buffer;
  /**
   * Decodes a message. Unknown fields are skipped, and absent fields have their defaults. Bytes fields are views of `bytes`, not copies.
   *
   * @throws RangeError if the bytes are not such a message.
   */
  decode(bytes: Uint8Array): T;
  /** Writes the fields of a message that is nested in another message. */
  write(message: Init<T>, writer: Writer): Writer;
  /** Reads fields up to `end`. If `into` is given, it merges them into that message, as protobuf does for a field that comes twice. */
  read(reader: Reader, end: number, into?: T): T;
}

/** Makes the codec of a message from its generated functions. */
export function messageType<T>(
  typeName: string,
  create: (init?: Init<T>) => T,
  write: (message: Init<T>, writer: Writer) => Writer,
  read: (reader: Reader, end: number, into?: T) => T,
): MessageType<T> {
  return {
    typeName,
    create,
    write,
    read,
    encode: (message) => write(message, new Writer()).finish(),
    decode: (bytes) => read(new Reader(bytes), bytes.length),
  };
}
