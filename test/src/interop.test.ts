import {
  addResult,
  beginResults,
  clientHas,
  type InteropCaseName,
  type InteropWay,
  interopCases,
  interopWays,
  resultsFolder,
  wayName,
} from '@wherry/tools/interop';
import test, { type ExecutionContext } from 'ava';
import { runGoCase, startGoServer } from './interop/go.js';
import {
  channelToWorker,
  gatewayToServer,
  gatewayToWorker,
  type OpenPath,
  startGrpcJsServer,
} from './interop/paths.js';
import { suite } from './interop/suite.js';
import { realKafka, useBroker } from './support/brokers.js';
import { buildGo, useProgram } from './support/other-languages.js';

// gRPC's interop cases on every way a call can take over Kafka. What came of each is written down, for the table in
// docs/interop.md.

/** Paths that ways share, opened by the first test that needs one. They close before their broker does. */
const paths = new Map<string, Promise<OpenPath>>();
test.after.always('the paths close', async () => {
  for (const path of paths.values()) await (await path).close();
});

const brokers = useBroker(test);
const broker = realKafka === undefined ? 'embedded' : `kafka-${realKafka.split(',').length}`;
const results = resultsFolder();

test.before('results of an earlier run no longer count', () => beginResults(results, broker));
const goClient = useProgram(test, 'the interop client of google.golang.org/grpc', () =>
  buildGo('interop-client', 'google.golang.org/grpc/interop/client'),
);
const goServer = useProgram(test, 'the interop service of google.golang.org/grpc', () =>
  buildGo('interop-server', './interop-server'),
);

function pathOf({ path, server }: InteropWay, goServerProgram: string | undefined): Promise<OpenPath> {
  const name = path + server;
  const open = paths.get(name) ?? openPath();
  paths.set(name, open);
  return open;

  function openPath(): Promise<OpenPath> {
    if (path === 'a') return channelToWorker(brokers());
    if (path === 'b') return gatewayToWorker(brokers());
    if (goServerProgram === undefined) return gatewayToServer(brokers(), startGrpcJsServer);
    return gatewayToServer(brokers(), async () => ({
      ...(await startGoServer(goServerProgram)),
      nextCancel: undefined,
    }));
  }
}

async function runCase(t: ExecutionContext, way: InteropWay, name: InteropCaseName): Promise<void> {
  // A thousand large messages each way take a minute on a machine that is busy with other tests.
  t.timeout(300_000);
  const client = way.client === 'Go' ? goClient(t) : 'grpc-js';
  const server = way.server === 'Go' ? goServer(t) : undefined;
  if (client === undefined || (way.server === 'Go' && server === undefined)) return;
  const { target, address } = await pathOf(way, server);
  const run = way.client === 'Go' ? runGoCase(client, address, name) : suite[name](target);
  const passed = await t.notThrowsAsync(run);
  addResult(results, { broker, way: wayName(way), case: name, passed });
}

for (const way of interopWays) {
  for (const name of interopCases) {
    if (clientHas(way, name)) test(`${wayName(way)}: ${name}`, (t) => runCase(t, way, name));
  }
}
