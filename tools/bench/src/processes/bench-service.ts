import { fileURLToPath } from 'node:url';
import {
  type ChannelCredentials,
  type Client,
  type ClientDuplexStream,
  type ClientOptions,
  type handleBidiStreamingCall,
  type handleUnaryCall,
  makeClientConstructor,
  type requestCallback,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Call, OpenStream } from '../load/load.js';

interface Payload {
  readonly body: Buffer;
  readonly waitMs?: number;
}

interface Deadline {
  readonly deadline: number;
}

type BenchClient = Client & {
  echo(request: Payload, options: Deadline, callback: requestCallback<Payload>): void;
  chat(options: Deadline): ClientDuplexStream<Payload, Payload>;
};

const protoFile = fileURLToPath(new URL('../../proto/bench.proto', import.meta.url));

/** Loaded as any user of proto-loader loads a service. */
export const benchService = loadSync(protoFile)['wherry.bench.v1.Bench'] as ServiceDefinition;

/** The work of handlers since they were made. */
export interface Handled {
  readonly calls: number;
  /** The time between request and answer, summed over all calls. */
  readonly busyMs: number;
  /** How many calls run now. */
  readonly running: number;
}

/** Handlers that answer at once, or after the wait that the request asks for. */
export class BenchHandlers {
  readonly handlers: { echo: handleUnaryCall<Payload, Payload>; chat: handleBidiStreamingCall<Payload, Payload> } = {
    echo: (call, callback) => {
      this.#calls++;
      const { waitMs } = call.request;
      if (waitMs) this.#answerLater(waitMs, () => callback(null, { body: call.request.body }));
      else callback(null, call.request);
    },
    // The caller bounds how many messages are on their way, so the handler needs no back-pressure.
    chat: (call) => {
      call.on('data', (message: Payload) => call.write(message)).on('end', () => call.end());
    },
  };
  #calls = 0;
  #busyMs = 0;
  readonly #waiting = new Map<NodeJS.Timeout, () => void>();
  #onBegun: (() => void) | undefined;

  get handled(): Handled {
    return { calls: this.#calls, busyMs: this.#busyMs, running: this.#waiting.size };
  }

  /** Resolves when so many calls wait to be answered. */
  holding(calls: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onBegun = () => {
        if (this.#waiting.size < calls) return;
        this.#onBegun = undefined;
        resolve();
      };
      this.#onBegun();
    });
  }

  /** Answers all calls that wait. */
  release(): void {
    for (const answer of [...this.#waiting.values()]) answer();
  }

  #answerLater(waitMs: number, answer: () => void): void {
    const begunAt = performance.now();
    const answerNow = () => {
      clearTimeout(timer);
      this.#waiting.delete(timer);
      this.#busyMs += performance.now() - begunAt;
      answer();
    };
    const timer = setTimeout(answerNow, waitMs);
    this.#waiting.set(timer, answerNow);
    this.#onBegun?.();
  }
}

/** Every call has a deadline, as real calls have. It is so far that no call reaches it. */
export const DEADLINE_MS = 30_000;
const STREAM_DEADLINE_MS = 90_000;

/** A stub, and its calls in the form that loops use. */
export function benchClient(
  address: string,
  credentials: ChannelCredentials,
  options: ClientOptions,
): { client: Client; call: Call; openStream: OpenStream } {
  const Stub = makeClientConstructor(benchService, 'Bench');
  const client = new Stub(address, credentials, options) as unknown as BenchClient;
  const call: Call = (body, waitMs, done) =>
    client.echo(
      waitMs === 0 ? { body } : { body, waitMs },
      { deadline: Date.now() + DEADLINE_MS + waitMs },
      (error, reply) => done(error, reply?.body),
    );
  const openStream: OpenStream = (onEcho, onEnd) => {
    const stream = client.chat({ deadline: Date.now() + STREAM_DEADLINE_MS });
    stream.on('data', ({ body }: Payload) => onEcho(body));
    // A stream that fails ends with a status too.
    stream
      .on('error', () => {})
      .on('status', ({ code, details }) => {
        onEnd(code === 0 ? null : new Error(`a stream ended with ${code} ${details}`));
      });
    return { send: (body) => stream.write({ body }), end: () => stream.end() };
  };
  return { client, call, openStream };
}
