import { parseArgs } from 'node:util';
import { startKafka } from './kafka/cluster.js';
import {
  checkKafkaVersion,
  defaultKafkaVersion,
  type KafkaVersion,
  kafkaRelease,
  kafkaVersions,
} from './kafka/versions.js';
import { portOption, readCommandLine, runInTerminal, runMain } from './local/in-terminal.js';

const HELP = `Runs a real Apache Kafka on this machine, without Docker. It needs Java 17 and, the first time, Maven.

  npm run kafka -- [--nodes 1|3] [--port N] [--version ${kafkaVersions.join('|')}]

  --nodes    1 (default), or 3 for a cluster that survives the loss of a node
  --port     the first node's port, 9092 by default; further nodes take the following ports
  --version  Kafka's version, ${defaultKafkaVersion} by default
  --help     this text

When it is ready, it prints its first line on standard output: bootstrap.servers=HOST:PORT[,HOST:PORT...]
Its data is temporary. Ctrl-C stops it.`;

function readOptions(): { nodes: 1 | 3; port: number; version: KafkaVersion } | 'help' {
  const { values } = parseArgs({
    options: {
      nodes: { type: 'string', default: '1' },
      port: { type: 'string', default: '9092' },
      version: { type: 'string', default: defaultKafkaVersion },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.nodes !== '1' && values.nodes !== '3') throw new Error(`--nodes is ${values.nodes}; it must be 1 or 3`);
  return {
    nodes: values.nodes === '1' ? 1 : 3,
    port: portOption('port', values.port),
    version: checkKafkaVersion(values.version),
  };
}

async function main(): Promise<void> {
  const options = readCommandLine(readOptions);
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  await runInTerminal(
    'kafka',
    (log) => startKafka({ ...options, log }),
    (kafka) => {
      console.log(`bootstrap.servers=${kafka.bootstrapServers}`);
      console.log(`Apache Kafka ${kafkaRelease(kafka.version)} is up. Stop it with Ctrl-C.`);
    },
  );
}

runMain(main);
