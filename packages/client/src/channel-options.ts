import type { EndpointOptions } from '@wherry/kafka';
import { checkMessageLength } from '@wherry/kafka/internal';

/** What {@link createChannel} takes. Only `brokers` is needed. */
export interface ChannelOptions extends EndpointOptions {
  /** The largest message taken, in bytes; -1: any. Default 4 MiB, as in every gRPC implementation. */
  readonly maxReceiveMessageLength?: number | undefined;
  /** The largest message sent, in bytes; -1: any. Default -1. */
  readonly maxSendMessageLength?: number | undefined;
  /**
   * Whether the registry topic says who serves what. With false a service counts as served when it has a request topic, be a
   * worker alive or not: for clusters where the registry topic may not be made or read, and for workers that do not
   * register. Default true.
   */
  readonly discovery?: boolean | undefined;
}

/** @throws TypeError that names the option, what it was, and what would be right. */
export function checkLimits(options: ChannelOptions): {
  maxReceiveMessageLength: number;
  maxSendMessageLength: number;
} {
  const { maxReceiveMessageLength = 4 * 1024 * 1024, maxSendMessageLength = -1 } = options;
  checkMessageLength('maxReceiveMessageLength', maxReceiveMessageLength);
  checkMessageLength('maxSendMessageLength', maxSendMessageLength);
  return { maxReceiveMessageLength, maxSendMessageLength };
}
