import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { javaAdvice, javaArgs, javaCommand } from './java.js';

const START_LIMIT_MS = 120_000;
const KEPT_LINES = 40;

// The collector as Kafka's own scripts set it. The heap can be small: records live in the page cache.
const JVM_OPTIONS = ['-Xms256m', '-Xmx512m', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-XX:+ExitOnOutOfMemoryError'];

/** A broker that did not come up. The message ends with its last words. */
export class KafkaStartError extends Error {
  override readonly name = 'KafkaStartError';

  constructor(
    message: string,
    /** Whether another process holds one of the broker's ports, so that other ports may do. */
    readonly portTaken: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface BrokerCommand {
  readonly id: number;
  /** The folder of Kafka's jars. */
  readonly jars: string;
  /** Its `server.properties`. */
  readonly configFile: string;
  /** The working directory: a crashing JVM writes its report there. */
  readonly cwd: string;
  readonly log: (line: string) => void;
}

/** One life of a broker process, from spawn to exit. */
export interface BrokerRun {
  readonly child: ChildProcess;
  /** Resolves when the cluster has taken the broker in; rejects with a {@link KafkaStartError}. */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone and all it printed has been read. Never rejects. */
  readonly ended: Promise<void>;
}

export function launchBroker({ id, jars, configFile, cwd, log }: BrokerCommand): BrokerRun {
  // Kafka prints this once the broker is registered and unfenced and its listeners are open.
  const started = `[KafkaRaftServer nodeId=${id}] Kafka Server started`;
  const lastWords: string[] = [];
  // In a process group of its own: Ctrl-C in a terminal reaches our process alone, which then stops the brokers in its own order.
  const child = spawn(javaCommand(), javaArgs(jars, 'kafka.Kafka', [configFile], JVM_OPTIONS), {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => {
      if (child.pid === undefined) resolve();
    });
  });

  const ready = new Promise<void>((resolve, reject) => {
    const fail = (problem: string, cause?: Error) => {
      clearTimeout(timer);
      const output = lastWords.join('\n');
      const portTaken = /Address already in use/i.test(output);
      const text = [`Kafka node ${id} ${problem}.`, adviceFor(output, portTaken), output].filter(Boolean).join('\n');
      reject(new KafkaStartError(text, portTaken, { cause }));
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`was not up within ${START_LIMIT_MS / 1000} s`);
    }, START_LIMIT_MS);
    const hear = (line: string) => {
      lastWords.push(line);
      if (lastWords.length > KEPT_LINES) lastWords.shift();
      log(`kafka ${id}: ${line}`);
      if (!line.includes(started)) return;
      clearTimeout(timer);
      resolve();
    };
    createInterface({ input: child.stdout }).on('line', hear);
    createInterface({ input: child.stderr }).on('line', hear);
    child.once('close', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      log(`kafka ${id}: ended (${how})`);
      fail(`ended before it was up (${how})`);
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') fail(`could not be started: there is no \`${javaCommand()}\`. ${javaAdvice}`, error);
      else fail(`could not be started: ${error.message}`, error);
    });
  });
  // A run may be ended on purpose before it is up, with nobody waiting for it any more.
  ready.catch(() => {});
  return { child, ready, ended };
}

function adviceFor(output: string, portTaken: boolean): string | undefined {
  if (portTaken) return 'Another process listens on one of its ports: choose other ports.';
  if (output.includes('UnsupportedClassVersionError')) return `This Java is too old. ${javaAdvice}`;
  if (/Could not reserve enough space|insufficient memory/.test(output)) return 'Its heap takes up to 512 MB.';
  return undefined;
}
