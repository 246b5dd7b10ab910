import { parseArgs } from 'node:util';
import type { LogFields, Logger } from '@wherry/endpoint';
import { createWorker } from '@wherry/worker';
import { RouteGuideService } from './proto.js';
import { routeGuide } from './route-guide.js';
import { checkOtlp, startTracing } from './tracing.js';
import { readyLine, shareLine } from './worker-lines.js';

const HELP = `Answers Route Guide calls from Kafka.

  node examples/route-guide/dist/worker.js --brokers HOST:PORT [--namespace NAME] [--otlp URL]

  --brokers    address of Kafka; the variable WHERRY_BROKERS by default
  --namespace  prefix of all topic names; "wherry" by default
  --otlp       send traces to this URL by OTLP over HTTP
  --help       print this text

It prints "ready inbox=TOPIC" when calls can reach it, and "share partitions=0,1" when its group gives it partitions.
SIGTERM and Ctrl-C let it finish the calls under way. Exit code: 0; 1 after a failure; 2 for wrong arguments.`;

/** As many as a topic of the embedded broker has. Four calls in a row reach every partition, and so each of two workers. */
const PARTITIONS = 4;
/** Calls may go on for ever, and Kafka may be gone: leaving takes no longer than this. */
const LEAVE_WITHIN_MS = 10_000;
/** The same if the parent process is gone, and an embedded broker with it: nobody waits for an answer. */
const LEAVE_ORPHANED_WITHIN_MS = 2_000;

interface WorkerArguments {
  readonly brokers: string;
  readonly namespace: string;
  readonly otlp: string | undefined;
}

function readOptions(): WorkerArguments | 'help' {
  const { values } = parseArgs({
    options: {
      brokers: { type: 'string', default: process.env['WHERRY_BROKERS'] ?? '' },
      namespace: { type: 'string', default: 'wherry' },
      otlp: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const { brokers, namespace, otlp } = values;
  if (brokers === '') throw new TypeError('--brokers is missing; it must be HOST:PORT');
  return { brokers, namespace, otlp: checkOtlp(otlp) };
}

async function run({ brokers, namespace, otlp }: WorkerArguments): Promise<void> {
  const asked = toldToLeave();
  const { instrumentation, end } = startTracing('route-guide-worker', otlp);
  const options = { clientId: 'route-guide-worker', partitions: PARTITIONS, logger, instrumentation };
  const worker = await createWorker({ brokers, namespace, ...options });
  worker.addService(RouteGuideService, routeGuide());
  try {
    await worker.start();
    console.log(readyLine(worker.inbox.topic));
    await asked;
    await worker.drain();
  } finally {
    await worker.close();
    await end();
  }
}

/** Prints warnings and errors, and the partitions that the worker gets. At level debug a worker reports its partitions. */
const logger: Logger = {
  warn: (...line: unknown[]) => console.warn(...line),
  error: (...line: unknown[]) => console.error(...line),
  debug: (line: string | LogFields) => {
    const partitions = typeof line === 'object' ? line['partitions'] : undefined;
    if (Array.isArray(partitions) && partitions.length > 0) console.log(shareLine(partitions));
  },
};

/** Settles at a signal, or at the end of the process that forked this one. */
function toldToLeave(): Promise<void> {
  return new Promise((resolve) => {
    const leaveWithin = (milliseconds: number) => (): void => {
      setTimeout(() => process.exit(1), milliseconds).unref();
      resolve();
    };
    // Repeated signals change nothing: a terminal sends Ctrl-C to parent and child, and the parent then ends the child.
    process.on('SIGTERM', leaveWithin(LEAVE_WITHIN_MS)).on('SIGINT', leaveWithin(LEAVE_WITHIN_MS));
    process.on('disconnect', leaveWithin(LEAVE_ORPHANED_WITHIN_MS));
  });
}

async function main(): Promise<void> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 2;
    return;
  }
  if (options === 'help') console.log(HELP);
  else await run(options);
}

main()
  .catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  })
  .finally(() => {
    // The connection to a parent would keep this process alive.
    if (process.connected) process.disconnect();
  });
