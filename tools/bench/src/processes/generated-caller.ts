import { createChannel } from '@wherry/client';
import { BenchClient } from '../gen/bench.js';
import type { Call } from '../load/load.js';
import type { BenchProcess, Setting } from './bench-process.js';

/** As in the other callers. */
const DEADLINE_MS = 30_000;

/** A client that `wherry gen` made: over a channel, or over HTTP/2 where there is an address. */
export async function startGeneratedCaller({
  brokers,
  namespace,
  compression,
  address,
}: Setting): Promise<BenchProcess> {
  if (address !== undefined) {
    const client = new BenchClient(address);
    return { call: callOf(client), close: async () => client.close() };
  }
  const channel = await createChannel({ brokers, namespace, compression });
  return { call: callOf(new BenchClient(channel)), close: () => channel.close() };
}

function callOf(client: BenchClient): Call {
  return (body, waitMs, done) => {
    client.echo({ body, waitMs }, { timeoutMs: DEADLINE_MS + waitMs }).then(
      (reply) => done(null, Buffer.from(reply.body.buffer, reply.body.byteOffset, reply.body.length)),
      (error: Error) => done(error),
    );
  };
}
