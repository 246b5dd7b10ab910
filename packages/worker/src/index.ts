export { loadedDescriptors } from './loaded-descriptors.js';
export type { GenericHandler, ServiceOptions } from './services.js';
export { createWorker, type Worker, type WorkerCounters } from './worker.js';
export type { WorkerOptions } from './worker-options.js';
