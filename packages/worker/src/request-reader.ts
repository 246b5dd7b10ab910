import { requestTopic } from '@wherry/endpoint';
import type { GroupReader } from '@wherry/kafka';
import { OwnedPartitions, type RequestHost } from './owned-partitions.js';

/**
 * Joins the consumer group of the service's workers and reads the service's requests. The group has the name of the request topic.
 *
 * @throws LogError if Kafka cannot be reached, or this client may not read the group.
 */
export async function openRequestReader(host: RequestHost, service: string): Promise<RequestReader> {
  const topic = requestTopic(host.endpoint.namespace, service);
  const partitions = new OwnedPartitions(host);
  const group = await host.endpoint.log.readGroup({
    topic,
    group: topic,
    onRecord: (record) => partitions.onRecord(record),
    onError: (error) => host.endpoint.warnOnce(`reading requests of ${service}`, error),
    onInterrupted: () => host.onInterrupted(service),
    onRestored: () => host.onRestored(service),
    onAssigned: (assigned, reader) => partitions.onAssigned(assigned, reader),
    onRevoked: (revoked) => partitions.onRevoked(revoked),
  });
  return new RequestReader(service, group, partitions);
}

/** Reads the requests of one service, as a member of its workers' consumer group. Made by {@link openRequestReader}. */
export class RequestReader {
  readonly service: string;
  readonly #group: GroupReader;
  readonly #partitions: OwnedPartitions;

  constructor(service: string, group: GroupReader, partitions: OwnedPartitions) {
    this.service = service;
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
