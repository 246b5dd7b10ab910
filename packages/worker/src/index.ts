export type { WorkerCounters } from './counters.js';
export type {
  EndOfCall,
  InstrumentedWorker,
  ReadCall,
  ServedCallHooks,
  ServerCallHooks,
  WorkerHooks,
  WorkerInstrumentation,
} from './instrumentation.js';
export { loadedDescriptors } from './loaded-descriptors.js';
export { observeServerCall } from './observe-server-call.js';
export type { GenericHandler, ServiceOptions } from './services.js';
export { createWorker, type Worker } from './worker.js';
export type { WorkerOptions } from './worker-options.js';
