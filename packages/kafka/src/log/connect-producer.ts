import type rdkafka from 'node-rdkafka';
import { kafkaErrors, LogError } from './log-error.js';
import { type CheckedConnectionOptions, wrongOption } from './log-options.js';
import { connect } from './reading-consumer.js';

/** The reason why a connection failed, as librdkafka's error code tells it. */
interface Cause {
  readonly says: string;
  readonly remedy: string;
  /** Waiting cannot help. */
  readonly lasting: boolean;
}

const causes = new Map<number, Cause>([
  [
    kafkaErrors.authentication,
    {
      says: 'authentication failed',
      remedy: 'check sasl.mechanism, and the user and password or the token',
      lasting: true,
    },
  ],
  [
    kafkaErrors.ssl,
    {
      says: 'the TLS handshake failed',
      remedy: 'check security.protocol, ssl.ca.location and the certificates',
      lasting: true,
    },
  ],
  [kafkaErrors.resolve, { says: 'the host does not resolve', remedy: 'check option brokers', lasting: false }],
  [
    kafkaErrors.transport,
    {
      says: 'the connection failed',
      remedy: 'check that a broker runs at this address, and security.protocol',
      lasting: false,
    },
  ],
]);

/** How long the brokers are asked at a time, in milliseconds. librdkafka's question cannot be interrupted. */
const STEP_MS = 500;
/** How often librdkafka is asked for its errors, in milliseconds. It has no event for them. */
const POLL_MS = 50;

/**
 * Connects a producer. Waits for a broker for at most `connectTimeoutMs`, but not if waiting cannot help.
 *
 * @throws LogError that names the cause and a remedy; TypeError for an option or a value that librdkafka refuses.
 */
export async function connectProducer(options: CheckedConnectionOptions, producer: rdkafka.Producer): Promise<void> {
  const { brokers, connectTimeoutMs } = options;
  const until = performance.now() + connectTimeoutMs;
  let found: LogError | undefined;
  let asked = false;
  const ask = producer.getMetadata.bind(producer);
  // `connect` asks for metadata once, and gives up if no answer comes in time.
  producer.getMetadata = (metadata, callback) => {
    asked = true;
    const timeout = Math.max(1, Math.min(STEP_MS, until - performance.now()));
    ask({ ...metadata, timeout }, (error, answer) => {
      const waits = performance.now() < until && !isLasting(found);
      if (error && waits) producer.getMetadata(metadata, callback);
      else callback?.(error, answer);
    });
  };
  const stopWatching = watchErrors(producer, (error) => {
    found = moreTelling(found, error);
  });
  try {
    await connect(producer, connectTimeoutMs);
  } catch (error) {
    if (!asked) throw wrongOption('kafka or producer', error);
    const waited = `No Kafka broker answered at ${brokers} within ${connectTimeoutMs} ms (option brokers)`;
    if (found === undefined) throw LogError.from(waited, error);
    const { says, remedy } = causes.get(found.code) as Cause;
    const failed = isLasting(found) ? `Kafka at ${brokers}` : waited;
    throw new LogError(`${failed}: ${says}: ${found.message}; ${remedy}`, found);
  } finally {
    stopWatching();
    Reflect.deleteProperty(producer, 'getMetadata');
  }
}

/** Calls `onError` with each error of the producer that has a known cause. @returns a function that stops this. */
function watchErrors(producer: rdkafka.Producer, onError: (error: LogError) => void): () => void {
  // librdkafka's log has the details: which address, and the error of the system. The error itself has only its kind.
  let details: string | undefined;
  const onLog = ({ fac, message }: { fac: string; message: string }): void => {
    if (fac === 'FAIL') details = message.replace(/^\[thrd:[^\]]*\]: /, '').replace(/ \(after .*\)$/, '');
  };
  const listener = (error: unknown): void => {
    const { code, message } = LogError.from('connecting', error);
    if (causes.has(code)) onError(new LogError(details ?? message, { code }));
  };
  const events: NodeJS.EventEmitter = producer;
  events.on('event.log', onLog);
  events.on('event.error', listener);
  const polling = setInterval(() => {
    if (producer.isConnected()) producer.poll();
  }, POLL_MS);
  return () => {
    clearInterval(polling);
    events.removeListener('event.log', onLog);
    events.removeListener('event.error', listener);
  };
}

function isLasting(error: LogError | undefined): boolean {
  return error !== undefined && causes.get(error.code)?.lasting === true;
}

/** An error that lasts tells more than one that may pass. Of two such errors, the first tells more. */
function moreTelling(before: LogError | undefined, error: LogError): LogError {
  return before === undefined || (isLasting(error) && !isLasting(before)) ? error : before;
}
