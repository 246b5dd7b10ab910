import type { GroupReader } from '@wherry/kafka';
import { kafkaErrors } from '@wherry/kafka/internal';
import { OwnedPartitions, type RequestHost } from './owned-partitions.js';
import type { ServiceShare } from './slot-shares.js';
import type { WorkerCall } from './worker-call.js';

/** The codes of a lost connection. The client library connects again, and the endpoint logs the loss of Kafka once, for all its readers. */
const lostConnection: ReadonlySet<number> = new Set([kafkaErrors.allBrokersDown, kafkaErrors.transport]);

/**
 * Joins the consumer group of the service's workers and reads the service's requests. The group has the name of the request topic.
 *
 * @param share the slots for the service's calls.
 * @throws LogError if Kafka cannot be reached, or this client may not read the group.
 */
export async function openRequestReader(
  host: RequestHost,
  service: string,
  share: ServiceShare<WorkerCall>,
): Promise<RequestReader> {
  const { topic } = share;
  const partitions = new OwnedPartitions(host, share);
  const group = await host.endpoint.log.readGroup({
    topic,
    group: topic,
    onRecord: (record) => partitions.onRecord(record),
    onError: (error) => {
      if (!lostConnection.has(error.code)) host.endpoint.warnOnce(`reading requests of ${service}`, error);
    },
    onInterrupted: () => host.onInterrupted(service),
    onRestored: () => host.onRestored(service),
    onAssigned: (assigned, reader) => partitions.onAssigned(assigned, reader),
    onRevoked: (revoked) => partitions.onRevoked(revoked),
  });
  return new RequestReader(service, topic, group, partitions);
}

/** Reads the requests of one service, as a member of its workers' consumer group. Made by {@link openRequestReader}. */
export class RequestReader {
  readonly service: string;
  readonly topic: string;
  readonly #group: GroupReader;
  readonly #partitions: OwnedPartitions;

  constructor(service: string, topic: string, group: GroupReader, partitions: OwnedPartitions) {
    this.service = service;
    this.topic = topic;
    this.#group = group;
    this.#partitions = partitions;
  }

  /** The partitions of the request topic that this worker has now. */
  get partitions(): readonly number[] {
    return this.#partitions.numbers;
  }

  /** Records of its partitions that were not read yet, as of the last fetch. */
  get lag(): number {
    return this.#group.lag;
  }

  pause(): void {
    this.#group.pause();
  }

  resume(): void {
    this.#group.resume();
  }

  /** Leaves the group. With `abandon`, calls that are not answered are left to other workers. */
  async leave({ abandon }: { abandon: boolean }): Promise<void> {
    if (abandon) this.#partitions.abandon();
    await this.#group.close();
    this.#partitions.close();
  }
}
