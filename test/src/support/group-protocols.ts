import { once } from 'node:events';
import { connect } from 'node:net';
import { realKafka } from './brokers.js';

export type GroupProtocol = 'consumer' | 'classic';

/** The first version of the request that librdkafka writes. Kafka 3.9 has version 0, which was a preview. */
const HEARTBEAT_VERSION = 1;

/** The protocols of consumer groups that the brokers of this run have. Asks real Kafka. The embedded broker has both. */
export async function groupProtocols(): Promise<readonly GroupProtocol[]> {
  if (realKafka === undefined) return ['consumer', 'classic'];
  return (await heartbeatVersion(realKafka)) >= HEARTBEAT_VERSION ? ['consumer', 'classic'] : ['classic'];
}

const API_VERSIONS = 18;
const CONSUMER_GROUP_HEARTBEAT = 68;

/**
 * The highest version of ConsumerGroupHeartbeat that a broker has; -1 if it has none. node-rdkafka does not tell it, so this asks with
 * Kafka's request ApiVersions, version 0.
 */
async function heartbeatVersion(brokers: string): Promise<number> {
  const [host, port] = (brokers.split(',')[0] as string).split(':');
  const socket = connect(Number(port), host);
  try {
    await once(socket, 'connect');
    const request = Buffer.alloc(14);
    request.writeInt32BE(request.length - 4, 0);
    request.writeInt16BE(API_VERSIONS, 4);
    request.writeInt16BE(-1, 12); // no client id
    socket.write(request);
    let answer = Buffer.alloc(0);
    for await (const data of socket) {
      answer = Buffer.concat([answer, data as Buffer]);
      if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)) break;
    }
    // After the length, the answer has a correlation id, an error code, and an array of keys with their lowest and highest versions.
    const [count, first] = [answer.readInt32BE(10), 14];
    for (let at = first; at < first + 6 * count; at += 6)
      if (answer.readInt16BE(at) === CONSUMER_GROUP_HEARTBEAT) return answer.readInt16BE(at + 4);
    return -1;
  } finally {
    socket.destroy();
  }
}
