export type { EndpointCounters } from './counters.js';
export type { EndpointOptions } from './endpoint-options.js';
export type { InboxOptions } from './inbox.js';
export type { LogFields, Logger, LogMethod } from './logger.js';
export type { PackingLimits } from './outbox.js';
export type { RecordObserver } from './record-observer.js';
export { sweepInboxes } from './sweep.js';
export { requestTopic } from './topic-names.js';
