import type { Metadata } from '@grpc/grpc-js';
import type { EndOfCall } from '@wherry/worker';
import { ObservedCall } from '@wherry/worker/internal';
import type { InboundCall, InboundListener } from './calls.js';

/** Lets an observer watch an inbound call, which may refuse itself. */
export class ObservedInboundCall extends ObservedCall<InboundCall> implements InboundListener {
  /** The observer takes the first end that it is told, so the cancel that follows a refusal changes nothing. */
  onRefused(status: EndOfCall, metadata: Metadata): void {
    this.observer(metadata)?.ended(status);
  }
}
