import type { ClientInstrumentation } from '@wherry/client';
import type { WorkerInstrumentation } from '@wherry/worker';
import type { BenchProcess, Setting } from './protocol.js';

/** Fills batches best under load, and delays a lone call at each hop. */
const BATCHED_LINGER_MS = 1;

type Start = (setting: Setting) => Promise<BenchProcess>;

/** How each kind of process starts. Modules are imported on demand, so that a process loads only the code it runs. */
export const starters = {
  worker: grpc(({ startWorker }, setting) => startWorker(setting)),
  'channel-caller': grpc(({ startChannelCaller }, setting) => startChannelCaller(setting)),
  'generated-caller': grpc(({ startGeneratedCaller }, setting) => startGeneratedCaller(setting)),
  'cold-caller': grpc(({ startColdCaller }, setting) => startColdCaller(setting)),
  'watched-caller': grpc(({ startWatchedCaller }, setting) => startWatchedCaller(setting)),
  gateway: grpc(({ startGateway }, setting) => startGateway(setting)),
  server: grpc(({ startServer }) => startServer()),
  'grpc-caller': grpc(({ startGrpcCaller }, setting) => startGrpcCaller(setting)),
  'untraced-worker': tracedWorker(async () => (await import('./instrumentation.js')).tracedWithoutSdk()),
  'untraced-caller': tracedCaller(async () => (await import('./instrumentation.js')).tracedWithoutSdk()),
  'sampled-worker': tracedWorker(async () => (await import('./instrumentation.js')).tracedAtOnePercent()),
  'sampled-caller': tracedCaller(async () => (await import('./instrumentation.js')).tracedAtOnePercent()),
  'traced-by-hand-worker': tracedWorker(async () => (await import('./instrumentation.js')).tracedByHand()),
  'traced-by-hand-caller': tracedCaller(async () => (await import('./instrumentation.js')).tracedByHand()),
  'by-hand-responder': byHand(({ startResponder }, setting) => startResponder(setting, 0)),
  'by-hand-caller': byHand(({ startCaller }, setting) => startCaller(setting, 0)),
  'batched-responder': byHand(({ startResponder }, setting) => startResponder(setting, BATCHED_LINGER_MS)),
  'batched-caller': byHand(({ startCaller }, setting) => startCaller(setting, BATCHED_LINGER_MS)),
  'c-responder': peer(({ startTwoHops }, setting) => startTwoHops(setting, 'responder')),
  'c-caller': peer(({ startTwoHops }, setting) => startTwoHops(setting, 'caller')),
  'spring-responder': peer(({ startSpring }, setting) => startSpring(setting, 'responder')),
  'spring-caller': peer(({ startSpring }, setting) => startSpring(setting, 'caller')),
  'kafkajs-responder': peer(({ startKafkajsResponder }, setting) => startKafkajsResponder(setting)),
  'kafkajs-caller': peer(({ startPeerModule }, setting) => startPeerModule('kafkajs', 'startCaller', setting)),
  'nest-server': peer(({ startNestServer }, setting) => startNestServer(setting)),
  'nest-caller': peer(({ startPeerModule }, setting) => startPeerModule('nestjs', 'startCaller', setting)),
  'nats-server': peer(({ startNatsServer }) => startNatsServer()),
  'nats-responder': peer(({ startPeerModule }, setting) => startPeerModule('nats', 'startResponder', setting)),
  'nats-caller': peer(({ startPeerModule }, setting) => startPeerModule('nats', 'startCaller', setting)),
} as const satisfies Record<string, () => Promise<Start>>;

export type ProcessName = keyof typeof starters;

function grpc(start: (module: typeof import('./grpc.js'), setting: Setting) => Promise<BenchProcess>) {
  return async (): Promise<Start> => {
    const module = await import('./grpc.js');
    return (setting) => start(module, setting);
  };
}

function byHand(start: (module: typeof import('./by-hand.js'), setting: Setting) => Promise<BenchProcess>) {
  return async (): Promise<Start> => {
    const module = await import('./by-hand.js');
    return (setting) => start(module, setting);
  };
}

function peer(start: (module: typeof import('./peers.js'), setting: Setting) => Promise<BenchProcess>) {
  return async (): Promise<Start> => {
    const module = await import('./peers.js');
    return (setting) => start(module, setting);
  };
}

function tracedWorker(tracing: () => Promise<WorkerInstrumentation>) {
  return grpc(async ({ startWorker }, setting) => startWorker(setting, await tracing()));
}

function tracedCaller(tracing: () => Promise<ClientInstrumentation>) {
  return grpc(async ({ startChannelCaller }, setting) => startChannelCaller(setting, await tracing()));
}
