import { EventEmitter } from 'node:events';
import { Duplex, type DuplexOptions } from 'node:stream';
import {
  type Deadline,
  Metadata,
  type ServerInterceptingCallInterface,
  status as Status,
  type StatusObject,
} from '@grpc/grpc-js';

/** What a handler may say a call ends with: grpc-js's `ServerErrorResponse` and `ServerStatusResponse`. */
export type HandlerError = Partial<StatusObject> & { message?: string };
export type PartialStatus = Parameters<ServerInterceptingCallInterface['sendStatus']>[0];

/** The status of a handler's error, as grpc-js makes it: UNKNOWN where the error names no code. */
export function errorToStatus(error: HandlerError, trailers?: Metadata): PartialStatus {
  const metadata = trailers ?? error.metadata ?? null;
  const details = error.message ?? 'Unknown Error';
  if (typeof error.code !== 'number' || !Number.isInteger(error.code)) {
    return { code: Status.UNKNOWN, details, metadata };
  }
  return { code: error.code, details: typeof error.details === 'string' ? error.details : details, metadata };
}

// biome-ignore lint/suspicious/noExplicitAny: TypeScript wants exactly this of the base of a mixin.
type Constructor<T> = new (...args: any[]) => T;

/** What all four kinds of server call have: grpc-js's `ServerSurfaceCall`. */
function surface<B extends Constructor<EventEmitter>>(Base: B) {
  return class extends Base {
    cancelled = false;
    metadata!: Metadata;
    path!: string;
    call!: ServerInterceptingCallInterface;

    sendMetadata(metadata: Metadata): void {
      this.call.sendMetadata(metadata);
    }

    getPeer(): string {
      return this.call.getPeer();
    }

    getDeadline(): Deadline {
      return this.call.getDeadline();
    }

    getPath(): string {
      return this.path;
    }

    getHost(): string {
      return this.call.getHost();
    }

    getAuthContext(): ReturnType<ServerInterceptingCallInterface['getAuthContext']> {
      return this.call.getAuthContext();
    }

    getMetricsRecorder(): ReturnType<ServerInterceptingCallInterface['getMetricsRecorder']> {
      return this.call.getMetricsRecorder();
    }
  };
}

/** What a handler of a unary call gets. */
export class UnaryServerCall extends surface(EventEmitter) {
  constructor(
    path: string,
    call: ServerInterceptingCallInterface,
    metadata: Metadata,
    readonly request: unknown,
  ) {
    super();
    this.path = path;
    this.call = call;
    this.metadata = metadata;
  }

  /** The caller cancelled, or its deadline passed. */
  cancel(): void {
    this.cancelled = true;
    this.emit('cancelled', 'cancelled');
  }
}

/** What a handler of a call with a stream gets: readable, writable or both, by the kind of the method. */
export class StreamServerCall extends surface(Duplex) {
  readonly request: unknown;
  readonly #writes: boolean;
  #trailers = new Metadata();
  #status: PartialStatus = { code: Status.OK, details: 'OK' };

  constructor(
    path: string,
    call: ServerInterceptingCallInterface,
    metadata: Metadata,
    kind: { readable: boolean; writable: boolean; request?: unknown },
  ) {
    const { readable, writable } = kind;
    // The types of @types/node lack these two.
    super({ objectMode: true, readable, writable } as DuplexOptions);
    this.path = path;
    this.call = call;
    this.metadata = metadata;
    this.request = kind.request;
    this.#writes = kind.writable;
    // A handler says by this event that the call has failed.
    this.on('error', (error: HandlerError) => {
      this.#status = errorToStatus(error);
      if (this.#writes) this.end();
      else this.call.sendStatus(this.#status);
    });
  }

  cancel(): void {
    this.cancelled = true;
    this.emit('cancelled', 'cancelled');
    this.destroy();
  }

  override _read(): void {
    this.call.startRead();
  }

  override _write(message: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.call.sendMessage(message, done);
  }

  override _final(done: () => void): void {
    done();
    this.call.sendStatus({ ...this.#status, metadata: this.#status.metadata ?? this.#trailers });
  }

  /** A handler that drops its call has ended it: nobody else would. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const finished = this.#writes ? this.writableFinished : this.readableEnded;
    if (error) this.call.sendStatus(errorToStatus(error as HandlerError));
    else if (!this.cancelled && !finished)
      this.call.sendStatus({ code: Status.CANCELLED, details: 'the handler left' });
    done(null);
  }

  override end(trailers?: unknown): this {
    if (trailers instanceof Metadata) this.#trailers = trailers;
    return super.end();
  }
}
