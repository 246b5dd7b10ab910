import { parseArgs } from 'node:util';
import { createWorker } from '@wherry/worker';
import { RouteGuideService } from './proto.js';
import { readyLine } from './ready-line.js';
import { routeGuide } from './route-guide.js';
import { checkOtlp, startTracing } from './tracing.js';

const HELP = `Answers Route Guide calls from Kafka.

  node examples/route-guide/dist/worker.js --brokers HOST:PORT [--namespace NAME] [--otlp URL]

  --brokers    where Kafka is
  --namespace  how the names of all topics begin; "wherry" by default
  --otlp       where traces are sent by OTLP over HTTP
  --help       this text

Its one line on standard output, once calls reach it: ready inbox=TOPIC
SIGTERM and Ctrl-C let it finish the calls under way. Exit code: 0, 1 where it failed, 2 for wrong arguments.`;

/** Calls may go on for ever, and Kafka may be gone: leaving does not wait for either longer than this. */
const LEAVE_WITHIN_MS = 10_000;
/** The parent is gone, and an embedded broker with it: there is nobody left to answer. */
const LEAVE_ORPHANED_WITHIN_MS = 2_000;

interface WorkerArguments {
  readonly brokers: string;
  readonly namespace: string;
  readonly otlp: string | undefined;
}

function readOptions(): WorkerArguments | 'help' {
  const { values } = parseArgs({
    options: {
      brokers: { type: 'string' },
      namespace: { type: 'string', default: 'wherry' },
      otlp: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const { brokers, namespace, otlp } = values;
  if (brokers === undefined) throw new TypeError('--brokers is missing; it must be HOST:PORT');
  return { brokers, namespace, otlp: checkOtlp(otlp) };
}

async function run({ brokers, namespace, otlp }: WorkerArguments): Promise<void> {
  const asked = toldToLeave();
  const { instrumentation, end } = startTracing('route-guide-worker', otlp);
  const worker = await createWorker({ brokers, namespace, clientId: 'route-guide-worker', instrumentation });
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

/** A signal asks it to leave; so does the end of the process that forked it, whatever that died of. */
function toldToLeave(): Promise<void> {
  return new Promise((resolve) => {
    const leaveWithin = (milliseconds: number) => (): void => {
      setTimeout(() => process.exit(1), milliseconds).unref();
      resolve();
    };
    // Repeated ones change nothing: a terminal sends Ctrl-C to parent and child, and the parent then ends the child.
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
