/** Opens one of everything, makes calls, closes it all, prints the inboxes there were: `open-and-close BROKERS NAMESPACE`. */
import { credentials } from '@grpc/grpc-js';
import { createChannel } from '@wherry/client';
import { createGateway } from '@wherry/gateway';
import { createWorker } from '@wherry/worker';
import { EchoClient, EchoService } from '../gen/echo.js';
import { echo, message, unary } from './echo.js';
import { clientOf } from './harness.js';

const [brokers, namespace] = process.argv.slice(2);
if (brokers === undefined || namespace === undefined) throw new Error('usage: open-and-close BROKERS NAMESPACE');
const options = { brokers, namespace, logger: { warn: () => undefined, error: () => undefined } };

const worker = await createWorker(options);
worker.addService(EchoService, echo);
await worker.start();
const idle = await createWorker(options);
// One that is told to stop while it starts.
const hasty = await createWorker(options);
hasty.addService(EchoService, echo);
const starting = hasty.start();
await hasty.close();
await starting.catch(() => undefined);
const channel = await createChannel(options);
const gateway = await createGateway({ ...options, listen: '127.0.0.1:0' });
const throughGateway = new EchoClient(gateway.address, credentials.createInsecure());

const deadline = { deadline: Date.now() + 30_000 };
await unary(clientOf(channel), {}, deadline);
await unary(throughGateway, {}, deadline);
// One that is still open when everything closes.
const open = clientOf(channel).chat({ deadline: Date.now() + 3_600_000 });
open.on('error', () => undefined);
open.write(message({}));
await new Promise((resolve) => open.once('data', resolve));

// One that waits for its second attempt, as nobody serves it.
const retryPolicy = {
  maxAttempts: 2,
  initialBackoff: '3600s',
  maxBackoff: '3600s',
  backoffMultiplier: 1,
  retryableStatusCodes: ['UNAVAILABLE'],
};
const retrying = await createChannel({
  ...options,
  namespace: `${namespace}.empty`,
  serviceConfig: { methodConfig: [{ name: [{}], retryPolicy }] },
});
const waiting = unary(clientOf(retrying), {}).catch(() => undefined);

const inboxes = [worker.inbox, idle.inbox, hasty.inbox, channel.inbox, gateway.channel.inbox].map(({ topic }) => topic);
throughGateway.close();
await gateway.drain();
await channel.close();
await retrying.close();
await waiting;
await worker.drain();
await idle.close();
// Closing what is closed does no harm.
await Promise.all([gateway.close(), channel.close(), worker.close(), worker.drain()]);
process.stdout.write(JSON.stringify(inboxes));
