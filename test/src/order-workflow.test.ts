import { fileURLToPath } from 'node:url';
import { status } from '@grpc/grpc-js';
import { createChannel } from '@wherry/client';
import { OrdersClient, openShop } from '@wherry/example-order-workflow';
import test from 'ava';
import { newNamespace, useBroker } from './support/brokers.js';
import { run } from './support/other-languages.js';

// The example of three services that call each other.

const brokers = useBroker(test);
const program = fileURLToPath(new URL('../../examples/order-workflow/dist/main.js', import.meta.url));

test('the command places its orders, and shows one trace over all services', async (t) => {
  t.timeout(120_000);
  const said = await run(process.execPath, [program, '--brokers', brokers(), '--namespace', newNamespace()]);
  const calls = said.match(/^ {4}\w+ .*$/gm)?.map((line) =>
    line
      .replace(/ +[\d.]+ ms/, '')
      .replace(/ +/g, ' ')
      .trim(),
  );
  t.deepEqual(calls, [
    'shopper calls orders.v1.Orders/PlaceOrder OK',
    'orders answers orders.v1.Orders/PlaceOrder OK',
    'orders calls inventory.v1.Inventory/Reserve OK',
    'inventory answers inventory.v1.Inventory/Reserve OK',
    'orders calls payments.v1.Payments/Charge OK',
    'payments answers payments.v1.Payments/Charge OK',
    'payments calls orders.v1.Orders/GetOrder OK',
    'orders answers orders.v1.Orders/GetOrder OK',
  ]);
  t.deepEqual(said.match(/(?<=✗ )\w+/g), ['FAILED_PRECONDITION', 'FAILED_PRECONDITION', 'DEADLINE_EXCEEDED']);
  t.regex(said, /\nleft in stock: 1\n$/);
});

test('a caller that gives up ends the calls of calls, and what was reserved is put back', async (t) => {
  t.timeout(60_000);
  const options = { brokers: brokers(), namespace: newNamespace() };
  const boats = { priceCents: 100n, left: 3 };
  const channel = await createChannel(options);
  t.teardown(() => channel.close());
  const shop = await openShop({ ...options, stock: new Map([['boat', boats]]), tracing: () => undefined });
  const orders = new OrdersClient(channel);
  const cancelled = new AbortController();
  const order = { article: 'boat', count: 2, card: 'lost' };
  const error = await t.throwsAsync(async () => {
    for await (const { step } of orders.placeOrder(order, { signal: cancelled.signal, waitForReady: true })) {
      t.regex(step, /^2 of boat reserved/);
      t.is(boats.left, 1);
      cancelled.abort();
    }
  });
  t.like(error, { code: status.CANCELLED });
  // A handler whose caller was not told would wait for the bank for ever, and draining with it.
  await shop[Symbol.asyncDispose]();
  t.is(boats.left, 3);
});

test('arguments: --help has an example, a wrong one is one line and exit code 2', async (t) => {
  t.regex(await run(process.execPath, [program, '--help']), /npm run orders -- /);
  t.like(await t.throwsAsync(run(process.execPath, [program, '--otlp', 'nowhere'])), {
    code: 2,
    stderr: '--otlp is nowhere; it must be a URL such as http://localhost:4318\n',
  });
});
