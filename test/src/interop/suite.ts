import type { InteropCaseName } from '@wherry/tools/interop';
import * as cases from './cases.js';
import { channelSoak, rpcSoak, type SoakOptions } from './soak.js';

/** Seconds of soaking by default; `WHERRY_SOAK_ITERATIONS=1000` is for who has minutes. A multiple of 20. */
const iterations = Number(process.env['WHERRY_SOAK_ITERATIONS'] ?? 200);
export const rpcSoakOptions: SoakOptions = { iterations, maxLatencyMs: 20_000, overallMs: 120_000, threads: 4 };
export const channelSoakOptions: SoakOptions = { ...rpcSoakOptions, iterations: iterations / 5 };

/** Each case by gRPC's name for it. */
export const suite: Readonly<Record<InteropCaseName, cases.InteropCase>> = {
  empty_unary: cases.emptyUnary,
  large_unary: (target) => cases.largeUnary(target),
  client_streaming: cases.clientStreaming,
  server_streaming: cases.serverStreaming,
  ping_pong: cases.pingPong,
  empty_stream: cases.emptyStream,
  cancel_after_begin: cases.cancelAfterBegin,
  cancel_after_first_response: cases.cancelAfterFirstResponse,
  timeout_on_sleeping_server: cases.timeoutOnSleepingServer,
  custom_metadata: cases.customMetadata,
  status_code_and_message: cases.statusCodeAndMessage,
  special_status_message: cases.specialStatusMessage,
  unimplemented_method: cases.unimplementedMethod,
  unimplemented_service: cases.unimplementedService,
  rpc_soak: (target) => rpcSoak(target, rpcSoakOptions),
  channel_soak: (target) => channelSoak(target, channelSoakOptions),
  concurrent_large_unary: cases.concurrentLargeUnary,
};
