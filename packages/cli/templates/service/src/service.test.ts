import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { createChannel, type WherryChannel } from '@wherry/client';
import { type EmbeddedBroker, startEmbeddedBroker } from '@wherry/kafka';
import type { Worker } from '@wherry/worker';
import { __Service__Client } from './gen/__path__.js';
import { start__Service__ } from './service.js';

let broker: EmbeddedBroker;
let worker: Worker;
let channel: WherryChannel;
let client: __Service__Client;

before(async () => {
  broker = await startEmbeddedBroker();
  worker = await start__Service__(broker.bootstrapServers);
  channel = await createChannel({ brokers: broker.bootstrapServers });
  client = new __Service__Client(channel);
});

after(async () => {
  await channel?.close();
  await worker?.close();
  await broker?.close();
});

test('it greets the caller', async () => {
  assert.deepEqual(await client.greet({ name: 'Ada' }), { message: 'Hello Ada' });
});

test('it refuses an empty name', async () => {
  await assert.rejects(client.greet({}), { code: status.INVALID_ARGUMENT, details: 'name is empty' });
});

test('it counts until the caller cancels', async () => {
  const numbers: number[] = [];
  for await (const { number } of client.count({})) {
    numbers.push(number);
    if (number === 3) break;
  }
  assert.deepEqual(numbers, [1, 2, 3]);
});
