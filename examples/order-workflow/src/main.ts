import { status } from '@grpc/grpc-js';
import { createChannel } from '@wherry/client';
import { StatusError } from '@wherry/codegen/runtime';
import { startEmbeddedBroker } from '@wherry/kafka';
import { OrdersClient, type PlaceOrderRequest } from './gen/orders/v1/orders.js';
import { HELP, type Options, readOptions } from './options.js';
import { openShop } from './shop.js';
import { Tracing } from './tracing.js';

/** A running broker answers sooner. A wrong address should not be waited for. */
const CONNECT_TIMEOUT_MS = 5000;
const TIMEOUT_MS = 10_000;
/** The timeout of the order whose bank never answers. */
const SHORT_TIMEOUT_MS = 1500;

/** Each order, its timeout, and the status that it should end with. */
const attempts: readonly [order: PlaceOrderRequest, timeoutMs: number, end: status][] = [
  [{ article: 'boat', count: 2, card: 'gold' }, TIMEOUT_MS, status.OK],
  [{ article: 'boat', count: 2, card: 'gold' }, TIMEOUT_MS, status.FAILED_PRECONDITION],
  [{ article: 'boat', count: 1, card: 'stolen' }, TIMEOUT_MS, status.FAILED_PRECONDITION],
  [{ article: 'boat', count: 1, card: 'lost' }, SHORT_TIMEOUT_MS, status.DEADLINE_EXCEEDED],
];

/** Returns whether each order ended with the right status. */
async function run({ brokers: given, namespace, otlp }: Options): Promise<boolean> {
  await using broker = given === undefined ? await startEmbeddedBroker() : undefined;
  const brokers = given ?? broker?.bootstrapServers ?? '';
  const connection = { brokers, namespace, connectTimeoutMs: CONNECT_TIMEOUT_MS };
  const tracing = new Tracing(otlp);
  const stock = new Map([['boat', { priceCents: 249_900n, left: 3 }]]);
  let right = true;
  try {
    await using channel = await createChannel({ ...connection, instrumentation: tracing.of('shopper') });
    await using _shop = await openShop({ ...connection, stock, tracing: tracing.of });
    const orders = new OrdersClient(channel);
    for (const [order, timeoutMs, expected] of attempts) {
      console.log(`\n${order.count} of ${order.article}, card ${order.card}, within ${timeoutMs} ms`);
      const end = await place(orders, order, timeoutMs);
      right &&= end === expected;
      if (order === attempts[0]?.[0]) for (const line of tracing.tree()) console.log(`    ${line}`);
    }
  } finally {
    await tracing.end();
  }
  // The services have finished their calls: the articles of the last order are back in stock.
  console.log(`\nleft in stock: ${stock.get('boat')?.left}`);
  return right;
}

async function place(orders: OrdersClient, order: PlaceOrderRequest, timeoutMs: number): Promise<status> {
  try {
    for await (const { step } of orders.placeOrder(order, { timeoutMs, waitForReady: true }))
      console.log(`  ✓ ${step}`);
    return status.OK;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    console.log(`  ✗ ${status[error.code]}: ${error.details}`);
    return error.code;
  }
}

async function main(): Promise<number> {
  let options: Options | 'help';
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
  if (options !== 'help') return (await run(options)) ? 0 : 1;
  console.log(HELP);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
