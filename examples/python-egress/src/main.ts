import { parseArgs } from 'node:util';
import { createChannel } from '@wherry/client';
import { StatusError } from '@wherry/codegen/runtime';
import { createEgress } from '@wherry/gateway';
import { startEmbeddedBroker } from '@wherry/kafka';
import { type Sample, StatisticsClient, type Summary } from './gen/samples/v1/samples.js';
import { pythonWithGrpc, startServer } from './python.js';

const HELP = `Calls over Kafka a gRPC server in Python that knows nothing of Kafka.

  npm run python -- [--brokers HOST:PORT] [--namespace NAME] [--python FILE]

  --brokers    address of a real Kafka; without it the program starts a broker inside its process
  --namespace  prefix of all topic names; "wherry" by default
  --python     a Python with grpcio and grpcio-tools; without it the program installs them beside the server, once
  --help       print this text

Exit code: 0; 1 after an unexpected failure; 2 for wrong arguments.`;

interface Options {
  readonly brokers: string | undefined;
  readonly namespace: string;
  readonly python: string | undefined;
}

const CONNECT_TIMEOUT_MS = 5000;
const CALL = { timeoutMs: 20_000, waitForReady: true };

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      brokers: { type: 'string' },
      namespace: { type: 'string', default: 'wherry' },
      python: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { brokers, namespace, python, help } = values;
  return help ? 'help' : { brokers, namespace, python };
}

async function run({ brokers: given, namespace, python }: Options): Promise<void> {
  await using server = await startServer(python ?? (await pythonWithGrpc()));
  await using broker = given === undefined ? await startEmbeddedBroker() : undefined;
  const brokers = given ?? broker?.bootstrapServers ?? '';
  const connection = { brokers, namespace, connectTimeoutMs: CONNECT_TIMEOUT_MS };

  // The command `wherry egress --target … --service …` does the same.
  await using egress = await createEgress({
    ...connection,
    target: server.address,
    services: ['samples.v1.Statistics'],
  });
  console.log(`Python at ${server.address}, Kafka at ${brokers}, and an egress between them for ${egress.services}`);

  await using channel = await createChannel(connection);
  const statistics = new StatisticsClient(channel);
  console.log(`Describe 3 1 2 10: ${shown(await statistics.describe({ numbers: [3, 1, 2, 10] }, CALL))}`);
  for await (const summary of statistics.follow(samples(), CALL)) console.log(`Follow: ${shown(summary)}`);
  try {
    await statistics.describe({}, CALL);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    console.log(`Describe nothing: ${error.message}`);
  }
}

async function* samples(): AsyncGenerator<Sample> {
  for (const number of [3, 1, 2]) yield { numbers: [number] };
}

function shown({ count, mean, median }: Summary): string {
  return `${count} numbers, mean ${mean}, median ${median}`;
}

async function main(): Promise<number> {
  let options: Options | 'help';
  try {
    options = readOptions();
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
  if (options === 'help') console.log(HELP);
  else await run(options);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
