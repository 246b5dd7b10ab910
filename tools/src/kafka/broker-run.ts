import { launchServer, type ServerRun } from '../local/server-run.js';
import { javaAdvice, javaArgs, javaCommand } from './java.js';

// The collector as Kafka's own scripts set it. The heap can be small: records live in the page cache.
const JVM_OPTIONS = ['-Xms256m', '-Xmx512m', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-XX:+ExitOnOutOfMemoryError'];

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

/** One life of a broker process. It is ready when the cluster has taken the broker in. */
export function launchBroker({ id, jars, configFile, cwd, log }: BrokerCommand): ServerRun {
  return launchServer({
    name: `Kafka node ${id}`,
    command: javaCommand(),
    args: javaArgs(jars, 'kafka.Kafka', [configFile], JVM_OPTIONS),
    cwd,
    // Kafka prints this once the broker is registered and unfenced and its listeners are open.
    readyText: `[KafkaRaftServer nodeId=${id}] Kafka Server started`,
    ifMissing: javaAdvice,
    advise: adviceFor,
    log: (line) => log(`node ${id}: ${line}`),
  });
}

function adviceFor(output: string): string | undefined {
  if (output.includes('UnsupportedClassVersionError')) return `This Java is too old. ${javaAdvice}`;
  if (/Could not reserve enough space|insufficient memory/.test(output)) return 'Its heap takes up to 512 MB.';
  return undefined;
}
