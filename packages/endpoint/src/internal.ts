/** The parts that a channel and a worker share. For Wherry's own packages alone. */

export { CallsUnderWay, type RoutedCall } from './calls-under-way.js';
export { atDeadline, type DeadlineTimer } from './deadline.js';
export { defaultDrainTimeoutMs, notDrained } from './drain.js';
export { type Endpoint, type EndpointListener, type EndpointNeeds, type OpenLog, openEndpoint } from './endpoint.js';
export { Incoming, type ProtocolFault } from './incoming.js';
export { checkOnePropagates, listOf } from './instrumentations.js';
export { LiveMap } from './live-map.js';
export { consoleLogger } from './logger.js';
export type { Lane, Parcel } from './outbox.js';
export { type FrameParts, Outgoing } from './outgoing.js';
export { peerName, sameInbox } from './peers.js';
export { type RegistryReading, readRegistry } from './read-registry.js';
export { observeTogether as observeRecordsTogether } from './record-observer.js';
export { RegistryFollower } from './registry-follower.js';
export { type PublishedService, RegistryPublisher } from './registry-publisher.js';
export type { ReadPartitions } from './registry-view.js';
export { runGuarded, throwUncaught } from './run-guarded.js';
export { checkNamespace, serviceOf } from './topic-names.js';
export { within } from './within.js';
