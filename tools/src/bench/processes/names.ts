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
  'untraced-worker': async () => {
    const [{ startWorker }, { tracedByNobody }] = await Promise.all([import('./worker.js'), import('./tracing.js')]);
    return (setting: Setting) => startWorker(setting, tracedByNobody());
  },
  'untraced-caller': async () => {
    const [{ startChannelCaller }, { tracedByNobody }] = await Promise.all([
      import('./channel-caller.js'),
      import('./tracing.js'),
    ]);
    return (setting: Setting) => startChannelCaller(setting, tracedByNobody());
  },
  'sampled-worker': async () => {
    const [{ startWorker }, { tracedAtOnePercent }] = await Promise.all([
      import('./worker.js'),
      import('./tracing.js'),
    ]);
    return (setting: Setting) => startWorker(setting, tracedAtOnePercent());
  },
  'sampled-caller': async () => {
    const [{ startChannelCaller }, { tracedAtOnePercent }] = await Promise.all([
      import('./channel-caller.js'),
      import('./tracing.js'),
    ]);
    return (setting: Setting) => startChannelCaller(setting, tracedAtOnePercent());
  },
  'by-hand-worker': async () => {
    const [{ startWorker }, { tracedByHand }] = await Promise.all([
      import('./worker.js'),
      import('./traced-by-hand.js'),
    ]);
    return (setting: Setting) => startWorker(setting, tracedByHand());
  },
  'by-hand-caller': async () => {
    const [{ startChannelCaller }, { tracedByHand }] = await Promise.all([
      import('./channel-caller.js'),
      import('./traced-by-hand.js'),
    ]);
    return (setting: Setting) => startChannelCaller(setting, tracedByHand());
  },
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
} as const satisfies Record<string, () => Promise<(setting: Setting) => Promise<BenchProcess>>>;

export type ProcessName = keyof typeof starters;
