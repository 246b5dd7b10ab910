import type { Log } from '@wherry/kafka';
import type { KafkaCluster } from '@wherry/tools/kafka';
import type { Fleet } from '../fleet.js';
import type { Random } from '../random.js';
import type { Timeline } from '../timeline.js';

/** What a fault acts upon. */
export interface Ground {
  readonly kafka: KafkaCluster;
  /** The main process's own connection to Kafka. */
  readonly log: Log;
  readonly namespace: string;
  readonly requestTopic: string;
  readonly fleet: Fleet;
  readonly timeline: Timeline;
  /** Aborted when the campaign is to end early. A fault then ends soon, and undoes what it did. */
  readonly signal: AbortSignal;
}

/** A fault with its target and its duration. Nothing in it depends on how the run went so far, so a seed decides all of it. */
export interface Fault {
  readonly what: string;
  /** Whether it kills or pauses a server or a broker, so that calls may run twice. */
  readonly disturbsServers: boolean;
  /** Makes the fault. Resolves when everything that it did is undone. */
  strike(ground: Ground): Promise<void>;
}

/** A kind of faults. */
export interface FaultKind {
  readonly name: string;
  /** Chooses target and duration. */
  draw(random: Random): Fault;
}
