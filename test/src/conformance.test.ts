import test from 'ava';
import { buildRunner, LIMIT_MS, runConformance } from './conformance/runner.js';
import { ServersUnderTest } from './conformance/servers.js';
import { useBroker } from './support/brokers.js';
import { useProgram } from './support/other-languages.js';

// connectrpc's conformance suite for servers: its two clients call a gRPC server through a gateway, Kafka and an egress.

const brokers = useBroker(test);
const runnerOr = useProgram(test, "connectrpc's conformance runner", buildRunner);

/** In this suite a request must reach the server within 500 ms. No other one of its limits is close to what a busy machine takes. */
const needsQuietMachine = (name: string): boolean => name.startsWith('Deadline Propagation/');

test('all conformance cases for a gRPC server pass through gateway, Kafka and egress', async (t) => {
  t.timeout(2 * LIMIT_MS);
  const runner = runnerOr(t);
  if (runner === undefined) return;
  const servers = await ServersUnderTest.listen(brokers());
  t.teardown(() => servers.close());
  const all = await runConformance(runner, servers.port);
  t.log(all.output);
  t.true(all.total > 500, 'the configuration has the cases with TLS, compression and limits');
  const failed = all.failed.filter((name) => !needsQuietMachine(name));
  t.deepEqual(failed, []);
  t.is(all.passed + all.failed.length, all.total, 'every case was run');
  if (all.failed.length === 0) return;
  // They pass one by one where the machine was held up the first time.
  const again = await runConformance(runner, servers.port, all.failed);
  t.log(again.output);
  t.is(again.total, all.failed.length);
  t.deepEqual(again.failed, []);
});
