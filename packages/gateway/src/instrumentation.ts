import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { type CallHooks, type ClientInstrumentation, type MadeCall, observeCall } from '@wherry/client';
import { observeServerCall, type ServerCallHooks, type WorkerInstrumentation } from '@wherry/worker';
import type { CallHandler, CallMaker } from './calls.js';

/** Follows calls on both sides of a gateway; its channel alone would be followed on one. */
export interface GatewayInstrumentation extends ClientInstrumentation {
  /** A call came over HTTP/2; undefined: it is not followed there. */
  inboundCall?(method: string, metadata: Metadata): ServerCallHooks | undefined;
}

/** Follows calls on both sides of an egress; its worker alone would be followed on one. */
export interface EgressInstrumentation extends WorkerInstrumentation {
  /** A call is made over HTTP/2, in the async context of the one it is made for; undefined: it is not followed there. */
  outboundCall?(call: MadeCall): CallHooks | undefined;
}

/** Lets the instrumentation follow what a handler is called for. */
export function followInbound(handler: CallHandler, instrumentation: GatewayInstrumentation | undefined): CallHandler {
  if (instrumentation?.inboundCall === undefined) return handler;
  return (path, call) => {
    // The handler asks the observed call for no more than there is.
    const whole = call as ServerInterceptingCallInterface;
    handler(
      path,
      observeServerCall(whole, (metadata) => instrumentation.inboundCall?.(path, metadata)),
    );
  };
}

/** Lets the instrumentation follow what a channel to a gRPC server makes. */
export function followOutbound(
  channel: CallMaker,
  target: string,
  instrumentation: EgressInstrumentation | undefined,
): CallMaker {
  if (instrumentation?.outboundCall === undefined) return channel;
  return {
    createCall: (method, ...rest) => {
      const call = channel.createCall(method, ...rest);
      const hooks = instrumentation.outboundCall?.({ method, target });
      return hooks === undefined ? call : observeCall(call, hooks);
    },
  };
}
