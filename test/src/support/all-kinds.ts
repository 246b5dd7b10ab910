import type { ExecutionContext } from 'ava';
import type { EchoClient, Message } from '../gen/echo.js';
import { message, readAll, unary } from './echo.js';

/** Makes a call of each kind to the echo service, and checks each answer: whatever lies between must change nothing. */
export async function crossesInAllKinds(t: ExecutionContext, client: EchoClient): Promise<void> {
  const payload = Buffer.from([0, 1, 255, 128]);
  t.deepEqual(await unary(client, { text: 'Ada', number: -7, payload }), { text: 'Ada', number: -7, payload });
  t.deepEqual(await unary(client, {}), message({}), 'an empty message is a message');

  const sum = await new Promise<Message>((resolve, reject) => {
    const call = client.collect((error, reply) => (error ? reject(error) : resolve(reply)));
    for (let number = 1; number <= 100; number++) call.write(message({ number, payload: Buffer.alloc(10) }));
    call.end();
  });
  t.deepEqual([sum.number, sum.text], [5050, '1000 bytes']);

  const { messages, error } = await readAll(client.expand(message({ number: 300, text: 'x' })));
  t.is(error, undefined);
  t.deepEqual(
    messages.map(({ number }) => number),
    Array.from({ length: 300 }, (_, index) => index),
  );

  const chat = client.chat();
  const heard: number[] = [];
  chat.write(message({ number: 1 }));
  for await (const { number } of chat as AsyncIterable<Message>) {
    heard.push(number);
    if (number < 20) chat.write(message({ number: number + 1 }));
    else chat.end();
  }
  t.deepEqual(
    heard,
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
}
