import type { Metadata } from '@grpc/grpc-js';
import type { EndOfCall } from '@wherry/worker';
import { ObservedCall } from '@wherry/worker/internal';
import type { InboundCall, InboundListener } from './calls.js';

/** Lets an observer watch an inbound call, and the refusal with which the call may end itself. */
export class ObservedInboundCall extends ObservedCall<InboundCall> implements InboundListener {
  /** The observer ignores a second end, so the cancel that follows a refusal changes nothing. */
  onRefused(status: EndOfCall, metadata: Metadata): void {
    this.observer(metadata)?.ended(status);
  }
}
