import { type MethodDefinition, status as Status } from '@grpc/grpc-js';
import type { InboundCall, InboundListener } from './calls.js';

/** Answers a call to a method of the gateway's own services. */
export type OwnHandler = (call: InboundCall) => void;

/** Handles the requests of one call. */
interface Requests<Request, Response> {
  onRequest(request: Request, call: OwnCall<Request, Response>): void;
  onEnd(call: OwnCall<Request, Response>): void;
}

/** A status with which a call ends. */
export interface OwnStatus {
  readonly code: Status;
  readonly details: string;
}

const ok: OwnStatus = { code: Status.OK, details: 'OK' };

/** The longest time that a Node timer can wait, about 25 days. A later deadline counts as none. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A call that the gateway answers itself, with messages as objects. */
export class OwnCall<Request, Response> implements InboundListener {
  readonly #call: InboundCall;
  readonly #method: MethodDefinition<Request, Response>;
  readonly #requests: Requests<Request, Response>;
  readonly #timer: NodeJS.Timeout | undefined;
  #whenOver: (() => void) | undefined;
  #over = false;

  constructor(call: InboundCall, method: MethodDefinition<Request, Response>, requests: Requests<Request, Response>) {
    this.#call = call;
    this.#method = method;
    this.#requests = requests;
    const left = Number(call.getDeadline()) - Date.now();
    if (left <= MAX_TIMER_MS) {
      this.#timer = setTimeout(() => this.end({ code: Status.DEADLINE_EXCEEDED, details: 'Deadline exceeded' }), left);
    }
  }

  /** Calls back when the call has ended, whichever side ended it. */
  whenOver(callback: () => void): void {
    if (this.#over) callback();
    else this.#whenOver = callback;
  }

  /** Asks for the next request, or the end of the requests. */
  read(): void {
    this.#call.startRead();
  }

  /** @param sent is called when the call has room for the next response. If the call ends before that, `sent` is never called. */
  send(response: Response, sent: () => void = () => {}): void {
    if (!this.#over) this.#call.sendMessage(this.#method.responseSerialize(response), sent);
  }

  end(status: OwnStatus = ok): void {
    if (this.#over) return;
    this.#call.sendStatus(status);
    this.#finish();
  }

  onReceiveMetadata(): void {
    this.read();
  }

  onReceiveMessage(message: Buffer): void {
    let request: Request;
    try {
      request = this.#method.requestDeserialize(message);
    } catch (error) {
      this.end({ code: Status.INTERNAL, details: `Error deserializing request: ${(error as Error).message}` });
      return;
    }
    this.#requests.onRequest(request, this);
  }

  onReceiveHalfClose(): void {
    this.#requests.onEnd(this);
  }

  onCancel(): void {
    this.#finish();
  }

  onRefused(): void {
    this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#whenOver?.();
  }
}

/**
 * The handler of a method that takes one request.
 *
 * @param answer gets the request after the client has ended its requests.
 */
export function forOneRequest<Request, Response>(
  method: MethodDefinition<Request, Response>,
  answer: (request: Request, call: OwnCall<Request, Response>) => void,
): OwnHandler {
  return (inbound) => {
    let only: { readonly request: Request } | undefined;
    const requests: Requests<Request, Response> = {
      onRequest: (request, call) => {
        if (only !== undefined) {
          call.end(unimplemented('got a second one'));
          return;
        }
        only = { request };
        call.read();
      },
      onEnd: (call) => {
        if (only === undefined) call.end(unimplemented('got none'));
        else answer(only.request, call);
      },
    };
    inbound.start(new OwnCall(inbound, method, requests));
  };

  function unimplemented(what: string): OwnStatus {
    return { code: Status.UNIMPLEMENTED, details: `${method.path} takes one request, and ${what}` };
  }
}

/**
 * The handler of a method that answers each request with one response, in their order. The call ends when its requests end.
 *
 * @param begun gets each call, before it starts.
 */
export function forEachRequest<Request, Response>(
  method: MethodDefinition<Request, Response>,
  answer: (request: Request) => Response,
  begun: (call: OwnCall<Request, Response>) => void,
): OwnHandler {
  return (inbound) => {
    const call = new OwnCall(inbound, method, {
      onRequest: (request) => call.send(answer(request), () => call.read()),
      onEnd: () => call.end(),
    });
    begun(call);
    inbound.start(call);
  };
}
