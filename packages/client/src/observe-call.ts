import type { experimental, InterceptingListener, Metadata, StatusObject } from '@grpc/grpc-js';
import type { CallHooks } from './instrumentation.js';

type Call = experimental.CallStream;
type Send = Parameters<Call['sendMessageWithContext']>;

/** Lets `hooks` follow a call of any grpc-js channel. Its listener runs in the async context that the call was made in. */
export function observeCall(call: Call, hooks: CallHooks): Call {
  return new ObservedCall(call, hooks);
}

/** Classes, and not a call with some of its methods replaced: that would slow down every call of the process. */
class ObservedCall implements Call {
  readonly #call: Call;
  readonly #hooks: CallHooks;

  constructor(call: Call, hooks: CallHooks) {
    this.#call = call;
    this.#hooks = hooks;
  }

  start(metadata: Metadata, listener: InterceptingListener): void {
    const started = this.#hooks.started(metadata);
    const unheard = this.#hooks.quiet && this.#hooks.run === undefined;
    this.#call.start(started, unheard ? listener : new ObservedListener(listener, this.#hooks));
  }

  sendMessageWithContext(...[context, message]: Send): void {
    this.#hooks.message('sent', message);
    this.#call.sendMessageWithContext(context, message);
  }

  startRead(): void {
    this.#call.startRead();
  }

  halfClose(): void {
    this.#call.halfClose();
  }

  cancelWithStatus(...[code, details]: Parameters<Call['cancelWithStatus']>): void {
    this.#call.cancelWithStatus(code, details);
  }

  setCredentials(...[credentials]: Parameters<Call['setCredentials']>): void {
    this.#call.setCredentials(credentials);
  }

  getPeer(): string {
    return this.#call.getPeer();
  }

  getCallNumber(): number {
    return this.#call.getCallNumber();
  }

  getAuthContext(): ReturnType<Call['getAuthContext']> {
    return this.#call.getAuthContext();
  }
}

class ObservedListener implements InterceptingListener {
  readonly #listener: InterceptingListener;
  readonly #hooks: CallHooks;

  constructor(listener: InterceptingListener, hooks: CallHooks) {
    this.#listener = listener;
    this.#hooks = hooks;
  }

  onReceiveMetadata(metadata: Metadata): void {
    if (this.#hooks.run === undefined) this.#listener.onReceiveMetadata(metadata);
    else this.#hooks.run(() => this.#listener.onReceiveMetadata(metadata));
  }

  onReceiveMessage(message: unknown): void {
    this.#hooks.message('received', message);
    if (this.#hooks.run === undefined) this.#listener.onReceiveMessage(message);
    else this.#hooks.run(() => this.#listener.onReceiveMessage(message));
  }

  onReceiveStatus(status: StatusObject): void {
    this.#hooks.ended(status);
    if (this.#hooks.run === undefined) this.#listener.onReceiveStatus(status);
    else this.#hooks.run(() => this.#listener.onReceiveStatus(status));
  }
}
