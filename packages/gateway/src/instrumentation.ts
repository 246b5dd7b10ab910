import type { Metadata } from '@grpc/grpc-js';
import { type CallObserver, type ClientInstrumentation, type MadeCall, observeCall } from '@wherry/client';
import { observeCallTogether } from '@wherry/client/internal';
import type { ServerCallObserver, WorkerInstrumentation } from '@wherry/worker';
import { observeServerCallTogether } from '@wherry/worker/internal';
import type { CallHandler, CallMaker } from './calls.js';
import { ObservedInboundCall } from './observed-inbound-call.js';

/** Follows the calls of a gateway: those that come over HTTP/2, and those that its channel makes. */
export interface GatewayInstrumentation extends ClientInstrumentation {
  /** A call came over HTTP/2. @returns undefined if the call over HTTP/2 is not followed. */
  inboundCall?(method: string, metadata: Metadata): ServerCallObserver | undefined;
}

/** Follows the calls of an egress: those that its worker takes, and those that it makes over HTTP/2. */
export interface EgressInstrumentation extends WorkerInstrumentation {
  /**
   * The egress makes a call over HTTP/2, in the async context of the call over Kafka that it passes on. @returns undefined if the call over
   * HTTP/2 is not followed.
   */
  outboundCall?(call: MadeCall): CallObserver | undefined;
}

/** Lets the instrumentation follow each call that the handler takes. */
export function followInbound(handler: CallHandler, instrumentations: readonly GatewayInstrumentation[]): CallHandler {
  const inbound = instrumentations.filter(({ inboundCall }) => inboundCall !== undefined);
  if (inbound.length === 0) return handler;
  const observerFor = (path: string, metadata: Metadata) =>
    observeServerCallTogether(inbound.map((one) => one.inboundCall?.(path, metadata)));
  return (path, call) => handler(path, new ObservedInboundCall(call, (metadata) => observerFor(path, metadata)));
}

/** Lets the instrumentation follow each call that a channel to a gRPC server makes. */
export function followOutbound(
  channel: CallMaker,
  target: string,
  instrumentations: readonly EgressInstrumentation[],
): CallMaker {
  const outbound = instrumentations.filter(({ outboundCall }) => outboundCall !== undefined);
  if (outbound.length === 0) return channel;
  return {
    createCall: (method, ...rest) => {
      const call = channel.createCall(method, ...rest);
      const observer = observeCallTogether(outbound.map((one) => one.outboundCall?.({ method, target })));
      return observer === undefined ? call : observeCall(call, observer);
    },
  };
}
