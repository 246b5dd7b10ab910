import { Reader } from './reader.js';
import { Writer } from './writer.js';

/**
 * What a message may be given as: every field may be left out, at every depth, and is then as if it had its default.
 * A oneof is left out, or has its case.
 */
export type Init<T> = T extends string | number | bigint | boolean | undefined | Uint8Array
  ? T
  : T extends readonly (infer E)[]
    ? readonly Init<E>[]
    : T extends { readonly case: string | undefined }
      ? InitOneof<T>
      : InitFields<T>;

type InitFields<T> = { readonly [K in keyof T]?: Init<T[K]> | undefined };

/** A message may have a field named `case` too; that of a oneof has literal types. */
type InitOneof<T extends { readonly case: string | undefined }> = string extends T['case']
  ? InitFields<T>
  : T extends { readonly case: string; readonly value: infer V }
    ? { readonly case: T['case']; readonly value: Init<V> }
    : { readonly case?: undefined; readonly value?: undefined };

/** A message of a .proto file: its codec. */
export interface MessageType<T> {
  /** `package.Message`. */
  readonly typeName: string;
  /** A whole message: what `init` leaves out has its default. */
  create(init?: Init<T>): T;
  /** As bytes; what `message` leaves out has its default. */
  encode(message: Init<T>): Buffer;
  /**
   * Fields that are not known are skipped; what is absent has its default. Bytes are views of what is given, not copies.
   *
   * @throws RangeError for what is no such message.
   */
  decode(bytes: Uint8Array): T;
  /** Writes the fields of a message, for a message that has it as a field. */
  write(message: Init<T>, writer: Writer): Writer;
  /** Reads fields up to `end`, into a message where there was one before, as protobuf merges those that come twice. */
  read(reader: Reader, end: number, into?: T): T;
}

/** The codec of a message, of the functions that generated code has for it. */
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
