import { EventEmitter } from 'node:events';
import { Duplex, type DuplexOptions } from 'node:stream';
import {
  type Deadline,
  Metadata,
  type ServerInterceptingCallInterface,
  status as Status,
  type StatusObject,
} from '@grpc/grpc-js';

/** The errors with which a handler may end a call: grpc-js's `ServerErrorResponse` and `ServerStatusResponse`. */
export type HandlerError = Partial<StatusObject> & { message?: string };
export type PartialStatus = Parameters<ServerInterceptingCallInterface['sendStatus']>[0];

/** The status of a handler's error, as grpc-js makes it: UNKNOWN if the error has no code. */
export function errorToStatus(error: HandlerError, trailers?: Metadata): PartialStatus {
  const metadata = trailers ?? error.metadata ?? null;
  const details = error.message ?? 'Unknown Error';
  if (typeof error.code !== 'number' || !Number.isInteger(error.code)) {
    return { code: Status.UNKNOWN, details, metadata };
  }
  return { code: error.code, details: typeof error.details === 'string' ? error.details : details, metadata };
}

// biome-ignore lint/suspicious/noExplicitAny: TypeScript requires exactly this type of a mixin's base.
type Constructor<T> = new (...args: any[]) => T;

/** The members that all four kinds of server call have in common: grpc-js's `ServerSurfaceCall`. */
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

/** The call that the handler of a unary method gets. */
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

  /** The caller cancelled the call, or its deadline passed. */
  cancel(): void {
    this.cancelled = true;
    this.emit('cancelled', 'cancelled');
  }
}

/** The call that the handler of a streaming method gets. It is readable, writable or both, depending on the kind of the method. */
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
    // In @types/node, these options lack `readable` and `writable`.
    super({ objectMode: true, readable, writable } as DuplexOptions);
    this.path = path;
    this.call = call;
    this.metadata = metadata;
    this.request = kind.request;
    this.#writes = kind.writable;
    // A handler emits this event to end the call with an error.
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

  /** If a handler destroys its call, this ends the call: no other code would. */
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
