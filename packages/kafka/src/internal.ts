/** What the channel and the worker share, and nobody else uses. */
export { atDeadline, type DeadlineTimer } from './endpoint/deadline.js';
export { Endpoint, type EndpointHandlers } from './endpoint/endpoint.js';
export { isolate } from './endpoint/isolate.js';
export { LiveMap } from './endpoint/live-map.js';
export { type FrameParts, Incoming, Outgoing } from './endpoint/message-flow.js';
export type { Lane, Parcel } from './endpoint/outbox.js';
export { peerName, sameInbox } from './endpoint/peers.js';
export { RegistryFollower } from './endpoint/registry-follower.js';
export { type PublishedService, RegistryPublisher } from './endpoint/registry-publisher.js';
export { checkNamespace, serviceOf } from './endpoint/topic-names.js';
export { checkDuration, checkMessageLength, checkWholeNumber } from './log/log-options.js';
