export type { WorkerCounters } from './counters.js';
export type {
  EndOfCall,
  InstrumentedWorker,
  ReadCall,
  ServedCallObserver,
  ServerCallObserver,
  ServerCallPropagator,
  WorkerInstrumentation,
  WorkerObserver,
} from './instrumentation.js';
export { loadedDescriptors } from './loaded-descriptors.js';
export type { GenericHandler, ServiceOptions } from './services.js';
export { createWorker, type Worker } from './worker.js';
export type { WorkerOptions } from './worker-options.js';
