import { connectivityState, type MethodDefinition, status as Status } from '@grpc/grpc-js';
import type { WherryChannel } from '@wherry/client';
import test from 'ava';
import { FakeInboundCall } from './fake-inbound-call.test.helpers.js';
import { Health } from './health.js';

/** A channel whose services change as the test says. */
class FakeChannel {
  names: string[] = [];
  readonly services = {
    names: this.names,
    onChange: (listener: () => void) => {
      this.#listener = listener;
      return () => {};
    },
  };
  #listener = (): void => {};

  serve(...names: string[]): void {
    Object.assign(this.services, { names });
    this.#listener();
  }

  getConnectivityState(): connectivityState {
    return connectivityState.READY;
  }

  watchConnectivityState(): void {}
}

test('a watch whose client does not read gets the latest status, and then the end', (t) => {
  const channel = new FakeChannel();
  const health = new Health(channel as unknown as WherryChannel);
  const method = health.definition['Watch'] as MethodDefinition<object, { status: string }>;
  const call = new FakeInboundCall();
  Object.assign(call, {
    sendMessage(message: Buffer, callback: () => void) {
      said.push(method.responseDeserialize(message).status);
      room.push(callback);
    },
  });
  const said: string[] = [];
  const room: (() => void)[] = [];
  health.handlers.get(method.path)?.(call);
  call.receive(String(method.requestSerialize({ service: 'a.B' })));
  call.halfClose();
  t.deepEqual(said, ['SERVICE_UNKNOWN']);
  channel.serve('a.B');
  channel.serve();
  channel.serve('a.B');
  t.deepEqual(said, ['SERVICE_UNKNOWN']);
  room.shift()?.();
  t.deepEqual(said, ['SERVICE_UNKNOWN', 'SERVING']);
  channel.serve();
  health.drain();
  t.deepEqual(said, ['SERVICE_UNKNOWN', 'SERVING', 'NOT_SERVING']);
  t.is(call.status?.code, Status.UNAVAILABLE);
});
