import { parseArgs } from 'node:util';
import { createChannel } from '@wherry/client';
import { StatusError } from '@wherry/codegen/runtime';
import { createEgress } from '@wherry/gateway';
import { startEmbeddedBroker } from '@wherry/kafka';
import { type Sample, StatisticsClient, type Summary } from './gen/samples/v1/samples.js';
import { pythonWithGrpc, startServer } from './python.js';

const HELP = `A gRPC server in Python, which knows nothing of Kafka, called over it.

  npm run python -- [--brokers HOST:PORT] [--namespace NAME] [--python FILE]

  --brokers    a real Kafka; without it a broker is started inside this process
  --namespace  how the names of all topics begin; "wherry" by default
  --python     a Python that has grpcio and grpcio-tools; without it they are installed beside the server, once
  --help       this text

Exit code: 0, 1 where something failed that should not, 2 for wrong arguments.`;

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

  // `wherry egress --target … --service …` is the same, as a command.
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
