import { Kafka, logLevel } from 'kafkajs';
import type { Call } from '../../dist/load/load.js';
import type { BenchProcess, Setting } from '../../dist/processes/protocol.js';

// Request and reply over kafkajs by hand, with its defaults: a record there, a record back, found by its first four bytes.

const topicsOf = ({ namespace }: Setting) => ({ requests: `${namespace}.there`, replies: `${namespace}.back` });

async function connect({ brokers, namespace }: Setting, role: string) {
  const kafka = new Kafka({ clientId: role, brokers: brokers.split(','), logLevel: logLevel.ERROR });
  const producer = kafka.producer();
  const consumer = kafka.consumer({ groupId: `${namespace}.${role}` });
  await producer.connect();
  await consumer.connect();
  const close = async () => {
    await consumer.disconnect();
    await producer.disconnect();
  };
  return { producer, consumer, close };
}

export async function startResponder(setting: Setting): Promise<BenchProcess> {
  const { requests, replies } = topicsOf(setting);
  const { producer, consumer, close } = await connect(setting, 'responder');
  await consumer.subscribe({ topic: requests, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { value } }) => {
      // Not awaited: the next request would wait for this reply's acknowledgement.
      void producer.send({ topic: replies, messages: [{ value }] });
    },
  });
  return { close };
}

export async function startCaller(setting: Setting): Promise<BenchProcess> {
  const { requests, replies } = topicsOf(setting);
  const { producer, consumer, close } = await connect(setting, 'caller');
  const waiting = new Map<number, Parameters<Call>[2]>();
  await consumer.subscribe({ topic: replies, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { value } }) => {
      const caller = value?.readUInt32LE(0) ?? 0;
      const done = waiting.get(caller);
      waiting.delete(caller);
      done?.(null, value ?? undefined);
    },
  });
  const call: Call = (body, _waitMs, done) => {
    waiting.set(body.readUInt32LE(0), done);
    producer.send({ topic: requests, messages: [{ value: body }] }).catch((error: Error) => done(error));
  };
  return { call, close };
}
