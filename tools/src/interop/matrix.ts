/** The combinations on which gRPC's interop cases run. The suite runs these, and the table in docs/interop.md has a cell for each. */

export const interopCases = [
  'empty_unary',
  'large_unary',
  'client_streaming',
  'server_streaming',
  'ping_pong',
  'empty_stream',
  'cancel_after_begin',
  'cancel_after_first_response',
  'timeout_on_sleeping_server',
  'custom_metadata',
  'status_code_and_message',
  'special_status_message',
  'unimplemented_method',
  'unimplemented_service',
  'rpc_soak',
  'channel_soak',
  'concurrent_large_unary',
] as const;
export type InteropCaseName = (typeof interopCases)[number];

/** Go's stock client does not have these. */
const notInGo: ReadonlySet<InteropCaseName> = new Set(['concurrent_large_unary']);

export type InteropPath = 'a' | 'b' | 'c';

/** A way of a call: the path, who calls, who answers. */
export interface InteropWay {
  readonly path: InteropPath;
  readonly client: 'grpc-js' | 'Go';
  readonly server: 'worker' | 'grpc-js' | 'Go';
}

export const interopWays: readonly InteropWay[] = [
  { path: 'a', client: 'grpc-js', server: 'worker' },
  { path: 'b', client: 'grpc-js', server: 'worker' },
  { path: 'b', client: 'Go', server: 'worker' },
  { path: 'c', client: 'grpc-js', server: 'grpc-js' },
  { path: 'c', client: 'Go', server: 'grpc-js' },
  { path: 'c', client: 'grpc-js', server: 'Go' },
  { path: 'c', client: 'Go', server: 'Go' },
];

/** The brokers, by the names that results have for them. */
export const interopBrokers = ['embedded', 'kafka-1'] as const;
export type InteropBroker = (typeof interopBrokers)[number];

/** A way's name: in titles of tests, in results and in the table. */
export function wayName({ path, client, server }: InteropWay): string {
  return `(${path}) ${client} → ${server}`;
}

/** Whether the client of a way has a case at all. */
export function clientHas({ client }: InteropWay, name: InteropCaseName): boolean {
  return client !== 'Go' || !notInGo.has(name);
}
