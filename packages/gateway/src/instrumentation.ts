import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { type CallObserver, type ClientInstrumentation, type MadeCall, observeCall } from '@wherry/client';
import { observeCallTogether } from '@wherry/client/internal';
import { observeServerCall, type ServerCallObserver, type WorkerInstrumentation } from '@wherry/worker';
import { observeServerCallTogether } from '@wherry/worker/internal';
import type { CallHandler, CallMaker } from './calls.js';

/** Follows calls on both sides of a gateway; its channel alone would be followed on one. */
export interface GatewayInstrumentation extends ClientInstrumentation {
  /** A call came over HTTP/2; undefined: it is not followed there. */
  inboundCall?(method: string, metadata: Metadata): ServerCallObserver | undefined;
}

/** Follows calls on both sides of an egress; its worker alone would be followed on one. */
export interface EgressInstrumentation extends WorkerInstrumentation {
  /** A call is made over HTTP/2, in the async context of the one it is made for; undefined: it is not followed there. */
  outboundCall?(call: MadeCall): CallObserver | undefined;
}

/** Lets the instrumentation follow what a handler is called for. */
export function followInbound(handler: CallHandler, instrumentations: readonly GatewayInstrumentation[]): CallHandler {
  const inbound = instrumentations.filter(({ inboundCall }) => inboundCall !== undefined);
  if (inbound.length === 0) return handler;
  return (path, call) => {
    // The handler asks the observed call for no more than there is.
    const whole = call as ServerInterceptingCallInterface;
    handler(
      path,
      observeServerCall(whole, (metadata) =>
        observeServerCallTogether(inbound.map((one) => one.inboundCall?.(path, metadata))),
      ),
    );
  };
}

/** Lets the instrumentation follow what a channel to a gRPC server makes. */
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
