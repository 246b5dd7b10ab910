import type { ClientInstrumentation } from '@wherry/client';
import type { WorkerInstrumentation } from '@wherry/worker';
import type { BenchProcess, Setting } from './bench-process.js';

/** What gathers records best under load, and lets a lone call wait for nothing. */
const BATCHING_LINGER_MS = 1;

/** How each kind of process starts. Imported when asked for: a process loads only what it runs. */
export const starters = {
  responder: async () => {
    const { startResponder } = await import('./responder.js');
    return (setting: Setting) => startResponder(setting);
  },
  'floor-caller': async () => {
    const { startFloorCaller } = await import('./floor-caller.js');
    return (setting: Setting) => startFloorCaller(setting);
  },
  'batching-responder': async () => {
    const { startResponder } = await import('./responder.js');
    return (setting: Setting) => startResponder(setting, BATCHING_LINGER_MS);
  },
  'batching-caller': async () => {
    const { startFloorCaller } = await import('./floor-caller.js');
    return (setting: Setting) => startFloorCaller(setting, BATCHING_LINGER_MS);
  },
  worker: async () => (await import('./worker.js')).startWorker,
  'channel-caller': async () => (await import('./channel-caller.js')).startChannelCaller,
  'generated-caller': async () => (await import('./generated-caller.js')).startGeneratedCaller,
  'untraced-worker': tracedWorker(async () => (await import('./tracing.js')).tracedByNobody),
  'untraced-caller': tracedCaller(async () => (await import('./tracing.js')).tracedByNobody),
  'sampled-worker': tracedWorker(async () => (await import('./tracing.js')).tracedAtOnePercent),
  'sampled-caller': tracedCaller(async () => (await import('./tracing.js')).tracedAtOnePercent),
  'by-hand-worker': tracedWorker(async () => (await import('./traced-by-hand.js')).tracedByHand),
  'by-hand-caller': tracedCaller(async () => (await import('./traced-by-hand.js')).tracedByHand),
  'cold-caller': async () => (await import('./cold-caller.js')).startColdCaller,
  'watched-caller': async () => (await import('./watched-caller.js')).startWatchedCaller,
  gateway: async () => (await import('./gateway.js')).startGateway,
  server: async () => (await import('./server.js')).startServer,
  'c-responder': async () => {
    const { startTwoHops } = await import('./peers.js');
    return (setting: Setting) => startTwoHops(setting, 'responder');
  },
  'c-caller': async () => {
    const { startTwoHops } = await import('./peers.js');
    return (setting: Setting) => startTwoHops(setting, 'caller');
  },
  'spring-responder': async () => {
    const { startSpring } = await import('./peers.js');
    return (setting: Setting) => startSpring(setting, 'responder');
  },
  'spring-caller': async () => {
    const { startSpring } = await import('./peers.js');
    return (setting: Setting) => startSpring(setting, 'caller');
  },
  'kafkajs-responder': async () => (await import('./peers.js')).startKafkajsResponder,
  'kafkajs-caller': async () => (await import('./peers.js')).startKafkajsCaller,
  'nest-server': async () => (await import('./peers.js')).startNestServer,
  'nest-caller': async () => (await import('./peers.js')).startNestCaller,
  'nats-server': async () => (await import('./peers.js')).startNatsServer,
  'nats-responder': async () => (await import('./peers.js')).startNatsResponder,
  'nats-caller': async () => (await import('./peers.js')).startNatsCaller,
  'grpc-caller': async () => (await import('./grpc-caller.js')).startGrpcCaller,
} as const satisfies Record<string, () => Promise<Start>>;

type Start = (setting: Setting) => Promise<BenchProcess>;

function tracedWorker(tracing: () => Promise<() => WorkerInstrumentation>): () => Promise<Start> {
  return async () => {
    const [{ startWorker }, instrumentation] = await Promise.all([import('./worker.js'), tracing()]);
    return (setting) => startWorker(setting, instrumentation());
  };
}

function tracedCaller(tracing: () => Promise<() => ClientInstrumentation>): () => Promise<Start> {
  return async () => {
    const [{ startChannelCaller }, instrumentation] = await Promise.all([import('./channel-caller.js'), tracing()]);
    return (setting) => startChannelCaller(setting, instrumentation());
  };
}

export type ProcessName = keyof typeof starters;
