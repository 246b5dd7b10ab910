import type { Metadata } from '@grpc/grpc-js';
import { type CallHooks, type ClientInstrumentation, type MadeCall, observeCall } from '@wherry/client';
import type { ServerCallHooks, WorkerInstrumentation } from '@wherry/worker';
import type { CallHandler, CallMaker } from './calls.js';
import { ObservedInboundCall } from './observed-inbound-call.js';

/** Follows the calls of a gateway: those that come over HTTP/2, and those that its channel makes. */
export interface GatewayInstrumentation extends ClientInstrumentation {
  /** A call came over HTTP/2. Undefined: that call is not followed there. */
  inboundCall?(method: string, metadata: Metadata): ServerCallHooks | undefined;
}

/** Follows the calls of an egress: those that its worker takes, and those that it makes over HTTP/2. */
export interface EgressInstrumentation extends WorkerInstrumentation {
  /**
   * A call is made over HTTP/2, in the async context of the call over Kafka that it is made for. Undefined: the call over
   * HTTP/2 is not followed.
   */
  outboundCall?(call: MadeCall): CallHooks | undefined;
}

/** Lets the instrumentation follow each call that the handler takes. */
export function followInbound(handler: CallHandler, instrumentation: GatewayInstrumentation | undefined): CallHandler {
  if (instrumentation?.inboundCall === undefined) return handler;
  return (path, call) =>
    handler(path, new ObservedInboundCall(call, (metadata) => instrumentation.inboundCall?.(path, metadata)));
}

/** Lets the instrumentation follow each call that a channel to a gRPC server makes. */
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
