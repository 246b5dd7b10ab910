import type { experimental } from '@grpc/grpc-js';
import type { CallHooks } from './instrumentation.js';

/** Lets `hooks` follow a call of any grpc-js channel. Its listener runs in the async context that the call was made in. */
export function observeCall<C extends experimental.CallStream>(call: C, hooks: CallHooks): C {
  const start = call.start.bind(call);
  const send = call.sendMessageWithContext.bind(call);
  call.start = (metadata, listener) =>
    start(hooks.started(metadata), {
      onReceiveMetadata: (headers) => hooks.run(() => listener.onReceiveMetadata(headers)),
      onReceiveMessage: (message) => {
        hooks.message('received', message);
        hooks.run(() => listener.onReceiveMessage(message));
      },
      onReceiveStatus: (status) => {
        hooks.ended(status);
        hooks.run(() => listener.onReceiveStatus(status));
      },
    });
  call.sendMessageWithContext = (context, message) => {
    hooks.message('sent', message);
    send(context, message);
  };
  return call;
}
