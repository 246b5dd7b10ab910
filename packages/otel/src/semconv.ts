/**
 * Attribute names of the semantic conventions 1.45, and Wherry's own names if the conventions have none. Most are not stable yet, and
 * OpenTelemetry's own package asks users to copy unstable names rather than to import them.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/kafka/
 */
export const attribute = {
  rpcSystem: 'rpc.system.name',
  rpcMethod: 'rpc.method',
  rpcStatus: 'rpc.response.status_code',
  errorType: 'error.type',
  serverAddress: 'server.address',
  messagingSystem: 'messaging.system.name',
  operationName: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  destinationTemplate: 'messaging.destination.template',
  destinationTemporary: 'messaging.destination.temporary',
  partition: 'messaging.destination.partition.id',
  group: 'messaging.consumer.group.name',
  batchCount: 'messaging.batch.message_count',
  offset: 'kafka.offset',
  messageType: 'rpc.message.type',
  messageId: 'rpc.message.id',
  messageSize: 'rpc.message.uncompressed_size',
  /** The time from when the record was written until it was read, in milliseconds, by the clocks of writer and reader. */
  queueWait: 'wherry.queue.wait_ms',
  /** Why the handler of a call that was read never began: `expired`, `cancelled` or `left` (to another worker). */
  skipped: 'wherry.skipped',
  /** The record was written before the worker got its partition, so another worker may have begun the call. */
  mayBeRedelivered: 'wherry.may_be_redelivered',
  /** How many attempts of the call came before this one, if the call is retried or hedged. */
  previousAttempts: 'wherry.previous_attempts',
  /** How many workers began the call and were lost before they answered. */
  lostAttempts: 'wherry.lost_attempts',
  /** On a link: the kind of span that it leads to. */
  link: 'wherry.link',
  messagesSent: 'wherry.messages.sent',
  messagesReceived: 'wherry.messages.received',
  service: 'wherry.service',
} as const;

/** The names of the metrics: gRPC's names in OpenTelemetry's semantic conventions, and Wherry's own. */
export const metric = {
  clientDuration: 'rpc.client.call.duration',
  serverDuration: 'rpc.server.call.duration',
  eventLoopDelay: 'nodejs.eventloop.delay',
  queueWait: 'wherry.queue.wait',
  clientCalls: 'wherry.client.calls',
  serverCalls: 'wherry.server.calls',
  waitingCalls: 'wherry.server.calls.waiting',
  expiredCalls: 'wherry.server.calls.expired',
  cancelledCalls: 'wherry.server.calls.cancelled',
  redeliveredCalls: 'wherry.server.calls.may_be_redelivered',
  lateFrames: 'wherry.frames.late',
  unusableRecords: 'wherry.records.unusable',
  undeliveredRecords: 'wherry.records.undelivered',
  waitingRecords: 'wherry.producer.queue',
  lostPeers: 'wherry.peers.lost',
  interruptedReaders: 'wherry.readers.interrupted',
  consumerLag: 'wherry.consumer.lag',
  inboxLag: 'wherry.inbox.lag',
} as const;

/** The bucket boundaries that the conventions advise for durations of calls, in seconds. */
export const durationBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
