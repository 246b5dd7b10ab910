import { type experimental, type InterceptingListener, Metadata } from '@grpc/grpc-js';
import test from 'ava';
import type { CallObserver, CallPropagator } from './instrumentation.js';
import { observeCall } from './observe-call.js';

/** The listener that a call gets, if it is started with such an observer. */
function startedWith(quiet: boolean, run: CallPropagator['run'], listener: InterceptingListener): unknown {
  let got: unknown;
  const call = { start: (_metadata: Metadata, given: unknown) => (got = given) } as unknown as experimental.CallStream;
  const propagator = { inject: (metadata: Metadata) => metadata, run };
  const observer: CallObserver = { quiet, propagator, started() {}, message() {}, ended() {} };
  observeCall(call, observer).start(new Metadata(), listener);
  return got;
}

const listener: InterceptingListener = { onReceiveMetadata() {}, onReceiveMessage() {}, onReceiveStatus() {} };

test('a quiet observer leaves the listener as it is', (t) => {
  t.is(startedWith(true, undefined, listener), listener);
});

test('an observer that is not quiet, or has a context to run in, wraps the listener', (t) => {
  t.not(startedWith(false, undefined, listener), listener);
  t.not(
    startedWith(true, (callback) => callback(), listener),
    listener,
  );
});
