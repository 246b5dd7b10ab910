/**
 * What a worker and a channel export, as OpenTelemetry's Prometheus exporter for JavaScript writes it: without units in the names.
 * `n` makes counters grow.
 */
export function exportedMetrics(n: number): string {
  const scope = 'otel_scope_name="@wherry/otel"';
  const rpc = 'rpc_system_name="grpc",rpc_method="routeguide.RouteGuide/GetFeature"';
  const failed = 'rpc_response_status_code="UNAVAILABLE",error_type="UNAVAILABLE"';
  const topic = 'messaging_destination_name="wherry.requests.routeguide.RouteGuide"';
  return [
    '# HELP target_info Target metadata\n# TYPE target_info gauge\ntarget_info{service_name="shop"} 1',
    ...histogram('rpc_client_call_duration', `${rpc},rpc_response_status_code="OK",${scope}`, n),
    ...histogram('rpc_client_call_duration', `${rpc},${failed},${scope}`, n, false),
    ...histogram('rpc_server_call_duration', `${rpc},rpc_response_status_code="OK",${scope}`, n),
    ...histogram('wherry_queue_wait', `${topic},${scope}`, n),
    ...gauges(scope, 3, ['wherry_client_calls', 'wherry_server_calls', 'wherry_server_calls_waiting']),
    ...gauges(scope, 4, ['wherry_producer_queue', 'wherry_inbox_lag']),
    ...gauges(`wherry_service="routeguide.RouteGuide",${scope}`, 5, ['wherry_consumer_lag']),
    ...gauges(scope, 0.02, ['nodejs_eventloop_delay_mean', 'nodejs_eventloop_delay_p99', 'nodejs_eventloop_delay_max']),
    ...counters(scope, n, ['wherry_server_calls_expired_total', 'wherry_server_calls_cancelled_total']),
    ...counters(`${topic},${scope}`, n, ['wherry_server_calls_may_be_redelivered_total']),
    ...counters(scope, n, [
      'wherry_frames_late_total',
      'wherry_records_undelivered_total',
      'wherry_peers_lost_total',
      'wherry_readers_interrupted_total',
    ]),
    ...counters(`error_type="malformed",${scope}`, n, ['wherry_records_unusable_total']),
    '',
  ].join('\n');
}

function histogram(name: string, labels: string, n: number, head = true): string[] {
  const buckets = [0.005, 0.05, '+Inf'].map((le, i) => `${name}_bucket{${labels},le="${le}"} ${n * (i + 1)}`);
  const types = head ? [`# HELP ${name} any\n# UNIT ${name} s\n# TYPE ${name} histogram`] : [];
  return [...types, `${name}_count{${labels}} ${n * 3}`, `${name}_sum{${labels}} ${n * 0.1}`, ...buckets];
}

function gauges(labels: string, value: number, names: readonly string[]): string[] {
  return names.map((name) => `# HELP ${name} any\n# TYPE ${name} gauge\n${name}{${labels}} ${value}`);
}

function counters(labels: string, value: number, names: readonly string[]): string[] {
  return names.map((name) => `# HELP ${name} any\n# TYPE ${name} counter\n${name}{${labels}} ${value}`);
}
