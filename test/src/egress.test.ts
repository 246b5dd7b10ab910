import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { createEgress } from '@wherry/gateway';
import anyTest, { type ExecutionContext } from 'ava';
import { EchoService } from './gen/echo.js';
import { useBroker } from './support/brokers.js';
import { echo, unary } from './support/echo.js';
import { Harness } from './support/harness.js';

const test = anyTest;
const brokers = useBroker(test);

test('first', async (t) => {
  t.timeout(30_000);
  const h = new Harness(t, brokers());
  const server = new Server();
  server.addService(EchoService, echo);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (e, p) => (e ? reject(e) : resolve(p))),
  );
  t.teardown(() => server.forceShutdown());
  const egress = await createEgress({ ...h.options, target: `127.0.0.1:${port}`, services: ['wherry.test.v1.Echo'] });
  t.teardown(() => egress.close());
  const client = await h.client();
  t.is((await unary(client, { text: 'x' })).text, 'x');
});
