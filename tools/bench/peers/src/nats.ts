import { connect } from '@nats-io/transport-node';
import type { Call } from '../../dist/load/load.js';
import type { BenchProcess, Setting } from '../../dist/processes/protocol.js';

// NATS's own request and reply, with the defaults of its client: no log, nothing is kept.

const SUBJECT = 'wherry.bench.echo';
const REQUEST_LIMIT_MS = 30_000;

export async function startResponder({ address }: Setting): Promise<BenchProcess> {
  if (address === undefined) throw new Error('nats-server announced no address');
  const connection = await connect({ servers: address });
  connection.subscribe(SUBJECT, {
    callback: (_error, message) => {
      message.respond(message.data);
    },
  });
  await connection.flush();
  return { address, close: () => connection.drain() };
}

export async function startCaller({ address }: Setting): Promise<BenchProcess> {
  if (address === undefined) throw new Error('nats-server announced no address');
  const connection = await connect({ servers: address });
  const call: Call = (body, _waitMs, done) => {
    connection.request(SUBJECT, body, { timeout: REQUEST_LIMIT_MS }).then(
      ({ data }) => done(null, Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
      (error: Error) => done(error),
    );
  };
  return { call, close: () => connection.drain() };
}
