import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { InteropCaseName } from '@wherry/tools/interop';
import { run } from '../support/other-languages.js';
import { channelSoakOptions, rpcSoakOptions } from './suite.js';

/** What a case may take before its client is ended. */
const LIMIT_MS = 240_000;

/** Runs a case with Go's stock client, which asserts by itself. Rejects with what it said where the case fails. */
export async function runGoCase(client: string, address: string | undefined, name: InteropCaseName): Promise<void> {
  const [host, port] = address?.split(':') ?? [];
  if (host === undefined || port === undefined) throw new Error(`a Go client cannot call ${address}`);
  const flags: Record<string, string | number> = { server_host: host, server_port: port, test_case: name };
  if (name === 'rpc_soak' || name === 'channel_soak') {
    const options = name === 'rpc_soak' ? rpcSoakOptions : channelSoakOptions;
    flags['soak_iterations'] = options.iterations;
    flags['soak_per_iteration_max_acceptable_latency_ms'] = options.maxLatencyMs;
    flags['soak_overall_timeout_seconds'] = options.overallMs / 1000;
    flags['soak_num_threads'] = options.threads;
  }
  const args = Object.entries(flags).map(([flag, value]) => `-${flag}=${value}`);
  await run(client, args, { timeout: LIMIT_MS });
}

/** A server of Go's interop service, as a process of its own. */
export async function startGoServer(program: string): Promise<{ address: string; close(): Promise<void> }> {
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface(child.stdout);
  const [address] = (await Promise.race([
    once(lines, 'line'),
    exited.then(([code]) => Promise.reject(new Error(`${program} ended with ${code} before it said its address`))),
  ])) as [string];
  return {
    address,
    close: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
