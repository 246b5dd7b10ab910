// Made by `wherry gen` from wherry/codegen/v1/shared.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `wherry/codegen/v1/shared.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'wherry/codegen/v1/shared.proto',
  descriptor: 'Ch53aGVycnkvY29kZWdlbi92MS9zaGFyZWQucHJvdG8SEXdoZXJyeS5jb2RlZ2VuLnYxIkkKBlBlcnNvbhISCgRuYW1lGAEgASgJUgRuYW1lEisKBHNpemUYAiABKA4yFy53aGVycnkuY29kZWdlbi52MS5TaXplUgRzaXplKk8KBFNpemUSFAoQU0laRV9VTlNQRUNJRklFRBAAEg4KClNJWkVfU01BTEwQARIOCgpTSVpFX0xBUkdFEAISEQoJU0laRV9IVUdFEICo1rkHYgZwcm90bzM=',
  dependencies: [],
};

/** How large something is. */
export const Size = {
  UNSPECIFIED: 0,
  /** Fits a pocket. */
  SMALL: 1,
  LARGE: 2,
  HUGE: 2000000000,
} as const;

/** One of {@link Size}, or the number of a value that this code does not know. */
export type Size = 0 | 1 | 2 | 2000000000 | (number & {});

/** Somebody. Ends a comment in the middle: *\/ and goes on. */
export interface Person {
  name: string;
  size: Size;
}

/** The codec of `wherry.codegen.v1.Person`. */
export const Person: rt.MessageType<Person> = rt.messageType('wherry.codegen.v1.Person', createPerson, writePerson, readPerson);

function emptyPerson(): Person {
  return {
    name: '',
    size: 0,
  };
}

function createPerson(init: rt.Init<Person> = {}): Person {
  const m = emptyPerson();
  if (init.name !== undefined) m.name = init.name;
  if (init.size !== undefined) m.size = init.size;
  return m;
}

function writePerson(m: rt.Init<Person>, w: rt.Writer): rt.Writer {
  if (m.name) w.uint32(10).string(m.name);
  if (m.size) w.uint32(16).int32(m.size);
  return w;
}

function readPerson(r: rt.Reader, end: number, m = emptyPerson()): Person {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.name = r.string();
        break;
      case 16:
        m.size = r.int32();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}
