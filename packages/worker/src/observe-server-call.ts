import { type Metadata, type ServerInterceptingCallInterface, status as Status } from '@grpc/grpc-js';
import type { ServerCallHooks } from './instrumentation.js';

/**
 * Lets hooks follow a call of any grpc-js server. Its handler runs in the call's own async context.
 *
 * @param hooksFor gives them once the call's metadata is there; undefined: the call is not followed.
 */
export function observeServerCall<C extends ServerInterceptingCallInterface>(
  call: C,
  hooksFor: (metadata: Metadata) => ServerCallHooks | undefined,
): C {
  const start = call.start.bind(call);
  const sendMessage = call.sendMessage.bind(call);
  const sendStatus = call.sendStatus.bind(call);
  let hooks: ServerCallHooks | undefined;
  const run = (callback: () => void): void => {
    if (hooks === undefined) callback();
    else hooks.run(callback);
  };
  call.start = (listener) =>
    start({
      onReceiveMetadata: (metadata) => {
        hooks = hooksFor(metadata);
        run(() => listener.onReceiveMetadata(metadata));
      },
      onReceiveMessage: (message) => {
        hooks?.message('received', message);
        run(() => listener.onReceiveMessage(message));
      },
      onReceiveHalfClose: () => run(() => listener.onReceiveHalfClose()),
      onCancel: () => {
        const expired = Number(call.getDeadline()) <= Date.now();
        hooks?.ended({ code: expired ? Status.DEADLINE_EXCEEDED : Status.CANCELLED });
        run(() => listener.onCancel());
      },
    });
  call.sendMessage = (message, callback) => {
    hooks?.message('sent', message);
    sendMessage(message, callback);
  };
  call.sendStatus = (status) => {
    hooks?.ended({ code: Number(status.code ?? Status.UNKNOWN), details: status.details ?? undefined });
    sendStatus(status);
  };
  return call;
}
