import type { ServerUnaryCall, ServiceError } from '@grpc/grpc-js';
import type { EchoClient, EchoServer, Message } from '../gen/echo.js';

/** An echo service that does as its name says. Tests replace the handlers they are about. */
export const echo: EchoServer = {
  unary: (call, callback) => callback(null, call.request),
  collect: (call, callback) => {
    const sum = message({});
    let bytes = 0;
    call.on('data', (part: Message) => {
      sum.number += part.number;
      bytes += part.payload.length;
    });
    call.on('end', () => callback(null, { ...sum, text: `${bytes} bytes` }));
  },
  expand: async (call) => {
    for (let number = 0; number < call.request.number; number++) {
      if (!call.write(message({ number, text: call.request.text }))) {
        await new Promise<void>((resolve) => call.once('drain', resolve));
      }
      if (call.cancelled) return;
    }
    call.end();
  },
  chat: (call) => {
    call.on('data', (part: Message) => {
      if (call.write(part)) return;
      call.pause();
      call.once('drain', () => call.resume());
    });
    call.on('end', () => call.end());
  },
};

export function message(parts: Partial<Message>): Message {
  return { text: '', number: 0, payload: Buffer.alloc(0), ...parts };
}

/** Handlers of the echo service, some of them replaced. */
export function echoWith(
  handlers: {
    [K in 'unary' | 'collect' | 'expand' | 'chat']?: EchoServer[K];
  },
): EchoServer {
  return { ...echo, ...handlers };
}

type UnaryRest = Parameters<EchoClient['unary']> extends [unknown, ...infer R] ? R : never;

/** A unary call as a promise: the reply, or the ServiceError as what is thrown. */
export function unary(client: EchoClient, request: Partial<Message>, ...rest: unknown[]): Promise<Message> {
  return new Promise((resolve, reject) => {
    const callback = (error: ServiceError | null, reply: Message): void => (error ? reject(error) : resolve(reply));
    const args = [...rest, callback] as unknown as UnaryRest;
    client.unary(message(request), ...args);
  });
}

/** What a readable call gave until its end, and how it ended. */
export async function readAll(
  call: NodeJS.ReadableStream,
): Promise<{ messages: Message[]; error: ServiceError | undefined }> {
  const messages: Message[] = [];
  try {
    for await (const part of call) messages.push(part as unknown as Message);
    return { messages, error: undefined };
  } catch (error) {
    return { messages, error: error as ServiceError };
  }
}

export type EchoUnaryCall = ServerUnaryCall<Message, Message>;
