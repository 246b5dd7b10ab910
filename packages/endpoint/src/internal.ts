/** For Wherry's own packages alone: what a channel and a worker share. */
export { atDeadline, type DeadlineTimer } from './deadline.js';
export { Endpoint, type EndpointHandlers } from './endpoint.js';
export { isolate } from './isolate.js';
export { LiveMap } from './live-map.js';
export { type FrameParts, Incoming, Outgoing } from './message-flow.js';
export type { Lane, Parcel } from './outbox.js';
export { peerName, sameInbox } from './peers.js';
export { RegistryFollower } from './registry-follower.js';
export { type PublishedService, RegistryPublisher } from './registry-publisher.js';
export { checkNamespace, serviceOf } from './topic-names.js';
