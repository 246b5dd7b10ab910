import type { KafkaConnectionOptions } from '@wherry/kafka';
import { checkDuration, checkWholeNumber } from '@wherry/kafka/internal';
import type { InboxOptions } from './inbox.js';
import type { Logger } from './logger.js';
import type { PackingLimits } from './outbox.js';
import { maxLeaseMs } from './peers.js';
import type { RecordObserver } from './record-observer.js';
import { checkNamespace, checkTopics } from './topic-names.js';

/** The options that a caller and a worker have in common. */
export interface EndpointOptions extends KafkaConnectionOptions {
  /** The beginning of all topic names. A caller finds only workers that use the same namespace. Default `wherry`. */
  readonly namespace?: string | undefined;
  /** How the instance gets its inbox: the place to which other instances write. */
  readonly inbox?: InboxOptions | undefined;
  /**
   * How long this instance may be silent, in milliseconds. It writes to the peers of its accepted calls more often than this. A peer that
   * hears nothing for longer counts this instance as gone. Choose more for a program whose event loop may be busy for long. At most 60,000.
   * Default 6,000.
   */
  readonly leaseMs?: number | undefined;
  /**
   * How long `drain()` waits for the calls under way, in milliseconds. Then it gives up the calls that are left: they end with UNAVAILABLE.
   * If Kafka does not answer, closing takes up to 20 s more. Default 30,000.
   */
  readonly drainTimeoutMs?: number | undefined;
  /** Limits of one record. */
  readonly packing?: Partial<PackingLimits> | undefined;
  /** Default: `console`, for warnings and errors alone. On `console`, each line names the time and the kind of the instance. */
  readonly logger?: Logger | undefined;
  /** Sees each record that this instance sends or reads. It must not throw, and it delays the calls, so it must be fast. */
  readonly observer?: RecordObserver | undefined;
}

/** @throws TypeError that names the option, its value, and the values that it takes. */
export function checkEndpointOptions(options: EndpointOptions): void {
  const { namespace, leaseMs, drainTimeoutMs, inbox, packing } = options;
  if (namespace !== undefined) checkNamespace(namespace);
  if (leaseMs !== undefined) checkWholeNumber('leaseMs', leaseMs, maxLeaseMs, 'milliseconds');
  if (drainTimeoutMs !== undefined) checkDuration('drainTimeoutMs', drainTimeoutMs);
  if (inbox?.heartbeatMs !== undefined) checkDuration('inbox.heartbeatMs', inbox.heartbeatMs);
  if (inbox?.retentionMs !== undefined) checkDuration('inbox.retentionMs', inbox.retentionMs);
  if (inbox?.sharedTopics !== undefined) checkTopics('inbox.sharedTopics', inbox.sharedTopics);
  if (packing?.maxFrames !== undefined) checkWholeNumber('packing.maxFrames', packing.maxFrames);
  if (packing?.maxBytes !== undefined) checkWholeNumber('packing.maxBytes', packing.maxBytes);
  if (packing?.maxMessageBytes !== undefined) checkWholeNumber('packing.maxMessageBytes', packing.maxMessageBytes);
}
