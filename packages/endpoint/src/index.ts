export type { EndpointCounters } from './counters.js';
export type { EndpointOptions, RecordObserver } from './endpoint.js';
export type { InboxOptions } from './inbox.js';
export type { LogFields, Logger, LogMethod } from './logger.js';
export type { PackingLimits } from './outbox.js';
export { sweepInboxes } from './sweep.js';
export { requestTopic } from './topic-names.js';
