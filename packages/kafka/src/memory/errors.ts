import { kafkaErrors, LogError } from '../log/log-error.js';

/** The errors of a broker in memory: the codes and the texts of librdkafka. */
const errors = {
  unknownTopic: [kafkaErrors.unknownTopic, 'Broker: Unknown topic or partition'],
  unknownPartition: [kafkaErrors.localUnknownPartition, 'Local: Unknown partition'],
  tooLarge: [10, 'Broker: Message size too large'],
  invalidTopic: [17, 'Broker: Invalid topic'],
  unknownMember: [25, 'Broker: Unknown member'],
  invalidPartitions: [37, 'Broker: Invalid number of partitions'],
  invalidReplication: [38, 'Broker: Invalid replication factor'],
  invalidConfig: [40, 'Broker: Configuration is invalid'],
  queueFull: [kafkaErrors.queueFull, 'Local: Queue full'],
  allBrokersDown: [kafkaErrors.allBrokersDown, 'Local: All broker connections are down'],
  timedOut: [-192, 'Local: Message timed out'],
  transport: [-195, 'Local: Broker transport failure'],
  closed: [-1, 'the log is closed'],
} as const satisfies Record<string, readonly [code: number, text: string]>;

/** Makes the error of an operation. `doing` names the operation. */
export function memoryError(kind: keyof typeof errors, doing: string): LogError {
  const [code, text] = errors[kind];
  return new LogError(`${doing}: ${text}`, { code });
}
