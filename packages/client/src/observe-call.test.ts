import { type experimental, type InterceptingListener, Metadata } from '@grpc/grpc-js';
import test from 'ava';
import type { CallHooks } from './instrumentation.js';
import { observeCall } from './observe-call.js';

/** What a call was started with, where its hooks are such. */
function startedWith(hooks: Pick<CallHooks, 'quiet' | 'run'>, listener: InterceptingListener): unknown {
  let got: unknown;
  const call = { start: (_metadata: Metadata, given: unknown) => (got = given) } as unknown as experimental.CallStream;
  const followed = observeCall(call, { ...hooks, started: (metadata) => metadata, message() {}, ended() {} });
  followed.start(new Metadata(), listener);
  return got;
}

const listener: InterceptingListener = { onReceiveMetadata() {}, onReceiveMessage() {}, onReceiveStatus() {} };

test('hooks that are quiet leave the listener as it is', (t) => {
  t.is(startedWith({ quiet: true }, listener), listener);
});

test('hooks that want to know, or have a context to run in, are between', (t) => {
  t.not(startedWith({}, listener), listener);
  t.not(startedWith({ quiet: true, run: (callback) => callback() }, listener), listener);
});
