import { type ChannelInterface, status as Status } from '@grpc/grpc-js';
import type { CallOptions } from './call-options.js';
import type { Init } from './message-type.js';
import type { Method } from './method.js';
import { OutgoingCall, type Receiver } from './outgoing-call.js';
import { ResponseStream } from './response-stream.js';
import { RequestSender, type Requests } from './send-requests.js';
import { StatusError } from './status-error.js';

// The functions with which generated clients make the four kinds of call.

/** Makes a unary call. Rejects with a StatusError if it fails, and with a TypeError for invalid options. */
export function callUnary<I, O>(
  channel: ChannelInterface,
  method: Method<I, O, false, false>,
  request: NoInfer<Init<I>>,
  options: CallOptions = {},
): Promise<O> {
  return new Promise((resolve, reject) => {
    const receiver = new SingleReceiver<O>(resolve, reject);
    const call = new OutgoingCall(channel, method, options, receiver);
    receiver.call = call;
    call.send(request);
    call.halfClose();
    call.read();
  });
}

/**
 * Makes a call with many requests and one response. Rejects with a StatusError if it fails, and with a TypeError for invalid options, or
 * for requests that are not iterable.
 */
export function callClientStream<I, O>(
  channel: ChannelInterface,
  method: Method<I, O, true, false>,
  requests: NoInfer<Requests<I>>,
  options: CallOptions = {},
): Promise<O> {
  return new Promise((resolve, reject) => {
    const sender = new RequestSender(requests);
    const receiver = new SingleReceiver<O>(resolve, reject, () => sender.stop());
    const call = new OutgoingCall(channel, method, options, receiver);
    receiver.call = call;
    call.read();
    void sender.send(call);
  });
}

/**
 * Makes a call with one request and many responses.
 *
 * @throws TypeError for invalid options.
 */
export function callServerStream<I, O>(
  channel: ChannelInterface,
  method: Method<I, O, false, true>,
  request: NoInfer<Init<I>>,
  options: CallOptions = {},
): ResponseStream<O> {
  return new ResponseStream((receiver) => {
    const call = new OutgoingCall(channel, method, options, receiver);
    call.send(request);
    call.halfClose();
    return call;
  });
}

/**
 * Makes a call with many requests and many responses.
 *
 * @throws TypeError for invalid options, or for requests that are not iterable.
 */
export function callBidi<I, O>(
  channel: ChannelInterface,
  method: Method<I, O, true, true>,
  requests: NoInfer<Requests<I>>,
  options: CallOptions = {},
): ResponseStream<O> {
  const sender = new RequestSender(requests);
  return new ResponseStream((receiver) => {
    const ending: Receiver<O> = {
      onMessage: (message) => receiver.onMessage(message),
      onEnd: (error) => {
        receiver.onEnd(error);
        sender.stop();
      },
    };
    const call = new OutgoingCall(channel, method, options, ending);
    void sender.send(call);
    return call;
  });
}

/** Waits for the single message of a reply, and for its status. */
class SingleReceiver<O> implements Receiver<O> {
  call: { cancel(code: Status, details: string): void } | undefined;
  #received = false;
  #message: O | undefined;

  constructor(
    private readonly resolve: (message: O) => void,
    private readonly reject: (error: StatusError) => void,
    private readonly ended?: () => void,
  ) {}

  onMessage(message: O): void {
    if (this.#received) this.call?.cancel(Status.UNIMPLEMENTED, 'Too many responses received');
    this.#received = true;
    this.#message = message;
  }

  onEnd(error: StatusError | undefined): void {
    this.ended?.();
    if (error !== undefined) this.reject(error);
    else if (!this.#received) this.reject(new StatusError(Status.UNIMPLEMENTED, 'No message received'));
    else this.resolve(this.#message as O);
  }
}
