/**
 * The metrics of `@wherry/otel` by the names that they have in Prometheus: dots become underscores, a unit is added, counters end
 * in `_total`. The dashboard has all names from here.
 *
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
export const metric = {
  /** Histograms; `_bucket`, `_sum` and `_count` are added. */
  clientDuration: 'rpc_client_call_duration_seconds',
  serverDuration: 'rpc_server_call_duration_seconds',
  queueWait: 'wherry_queue_wait_seconds',
  /** Levels. */
  clientCalls: 'wherry_client_calls',
  serverCalls: 'wherry_server_calls',
  waitingCalls: 'wherry_server_calls_waiting',
  producerQueue: 'wherry_producer_queue',
  consumerLag: 'wherry_consumer_lag',
  inboxLag: 'wherry_inbox_lag',
  loopMean: 'nodejs_eventloop_delay_mean_seconds',
  loopP99: 'nodejs_eventloop_delay_p99_seconds',
  loopMax: 'nodejs_eventloop_delay_max_seconds',
  /** Counters. */
  expiredCalls: 'wherry_server_calls_expired_total',
  cancelledCalls: 'wherry_server_calls_cancelled_total',
  redeliveredCalls: 'wherry_server_calls_may_be_redelivered_total',
  lateFrames: 'wherry_frames_late_total',
  unusableRecords: 'wherry_records_unusable_total',
  undeliveredRecords: 'wherry_records_undelivered_total',
  lostPeers: 'wherry_peers_lost_total',
  interruptedReaders: 'wherry_readers_interrupted_total',
} as const;

/** The attributes by which they are told apart, as Prometheus's labels. */
export const label = {
  method: 'rpc_method',
  status: 'rpc_response_status_code',
  topic: 'messaging_destination_name',
  service: 'wherry_service',
  reason: 'error_type',
} as const;
