// Calls the service by its typed client: over Kafka if WHERRY_BROKERS has its address, otherwise by the gateway of `npm start`.
import { createChannel } from '@wherry/client';
import { __Service__Client } from './gen/__path__.js';

const { WHERRY_BROKERS: brokers, WHERRY_GATEWAY: gateway = '127.0.0.1:50051' } = process.env;
const [name = 'Ada'] = process.argv.slice(2);

const channel = brokers === undefined ? undefined : await createChannel({ brokers });
const client = new __Service__Client(channel ?? gateway);
try {
  const { message } = await client.greet({ name });
  console.log(message);
  for await (const { number } of client.count({})) {
    console.log(number);
    if (number === 3) break; // cancels the call
  }
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
} finally {
  client.close();
  await channel?.close();
}
