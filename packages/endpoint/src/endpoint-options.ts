import type { KafkaConnectionOptions } from '@wherry/kafka';
import { checkDuration, checkWholeNumber } from '@wherry/kafka/internal';
import type { InboxOptions } from './inbox.js';
import type { Logger } from './logger.js';
import type { PackingLimits } from './outbox.js';
import type { RecordObserver } from './record-observer.js';
import { checkNamespace } from './topic-names.js';

/** The options that a caller and a worker have in common. */
export interface EndpointOptions extends KafkaConnectionOptions {
  /** The beginning of all topic names. A caller finds only workers that use the same namespace. Default `wherry`. */
  readonly namespace?: string | undefined;
  /** How the instance gets its inbox: the place to which other instances write. */
  readonly inbox?: InboxOptions | undefined;
  /**
   * How long this instance may be silent, in milliseconds. It writes to the peers of its accepted calls more often than this. A peer that
   * hears nothing for longer counts this instance as gone. Choose more for a program whose event loop may be busy for long. Default 6,000.
   */
  readonly leaseMs?: number | undefined;
  /** Limits of one record. */
  readonly packing?: Partial<PackingLimits> | undefined;
  /** Default: `console`, for warnings and errors alone. */
  readonly logger?: Logger | undefined;
  /** Sees each record that this instance sends or reads. It must not throw, and it delays the calls, so it must be fast. */
  readonly observer?: RecordObserver | undefined;
}

/** @throws TypeError that names the option, its value, and the values that it takes. */
export function checkEndpointOptions(options: EndpointOptions): void {
  const { namespace, leaseMs, inbox, packing } = options;
  if (namespace !== undefined) checkNamespace(namespace);
  if (leaseMs !== undefined) checkDuration('leaseMs', leaseMs);
  if (inbox?.heartbeatMs !== undefined) checkDuration('inbox.heartbeatMs', inbox.heartbeatMs);
  if (inbox?.retentionMs !== undefined) checkDuration('inbox.retentionMs', inbox.retentionMs);
  if (packing?.maxFrames !== undefined) checkWholeNumber('packing.maxFrames', packing.maxFrames);
  if (packing?.maxBytes !== undefined) checkWholeNumber('packing.maxBytes', packing.maxBytes);
  if (packing?.maxMessageBytes !== undefined) checkWholeNumber('packing.maxMessageBytes', packing.maxMessageBytes);
}
