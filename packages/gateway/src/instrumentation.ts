import type { Metadata, ServerInterceptor } from '@grpc/grpc-js';
import { type CallHooks, type ClientInstrumentation, type MadeCall, observeCall } from '@wherry/client';
import { observeServerCall, type ServerCallHooks, type WorkerInstrumentation } from '@wherry/worker';
import type { CallMaker } from './relay.js';

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

/** Those who call these look at the gateway itself. */
const ownServices = /^\/grpc\.(health|reflection)\./;

/** Lets the instrumentation follow what a grpc-js server is called for. */
export function followInbound(instrumentation: GatewayInstrumentation | undefined): ServerInterceptor[] {
  if (instrumentation?.inboundCall === undefined) return [];
  return [
    ({ path }, call) => {
      const observed = ownServices.test(path)
        ? call
        : observeServerCall(call, (metadata) => instrumentation.inboundCall?.(path, metadata));
      // grpc-js asks for its class where it needs the interface alone.
      return observed as ReturnType<ServerInterceptor>;
    },
  ];
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
