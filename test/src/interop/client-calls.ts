import {
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  Metadata,
  type ServiceError,
  type StatusObject,
} from '@grpc/grpc-js';

/** A call as its caller saw it, from the first metadata to the status. */
export interface Outcome<T> {
  readonly replies: readonly T[];
  readonly headers: Metadata | undefined;
  readonly status: StatusObject;
}

/** No call of a case may hang: it ends by then. */
const LIMIT_MS = 30_000;

export function limit(ms = LIMIT_MS): { deadline: number } {
  return { deadline: Date.now() + ms };
}

/** A call with one reply, which `begin` makes with the callback it is given. */
export function oneReply<T>(
  begin: (callback: (error: ServiceError | null, reply?: T) => void) => ClientUnaryCall | ClientWritableStream<never>,
): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    const replies: T[] = [];
    let headers: Metadata | undefined;
    let status: StatusObject | undefined;
    let answered = false;
    // The callback and the status come in an order that grpc-js does not promise.
    const settle = (): void => {
      if (answered && status !== undefined) resolve({ replies, headers, status });
    };
    const call = begin((_error, reply) => {
      if (reply !== undefined) replies.push(reply);
      answered = true;
      settle();
    });
    call.once('metadata', (received: Metadata) => {
      headers = received;
    });
    call.once('status', (received: StatusObject) => {
      status = received;
      settle();
    });
  });
}

/** Reads a call with a stream of replies to its end; `onReply` sees each as it comes. */
export async function allReplies<T>(
  call: ClientReadableStream<T> | ClientDuplexStream<never, T>,
  onReply: (reply: T, count: number) => void = () => undefined,
): Promise<Outcome<T>> {
  const replies: T[] = [];
  let headers: Metadata | undefined;
  call.once('metadata', (received: Metadata) => {
    headers = received;
  });
  const status = new Promise<StatusObject>((resolve) => call.once('status', resolve));
  try {
    for await (const reply of call as AsyncIterable<T>) {
      replies.push(reply);
      onReply(reply, replies.length);
    }
  } catch (error) {
    // What the call ended with, its status tells; all else is the reader's own.
    if ((error as Partial<ServiceError>).metadata === undefined) {
      call.cancel();
      throw error;
    }
  }
  return { replies, headers, status: await status };
}

export const noMetadata = (): Metadata => new Metadata();
