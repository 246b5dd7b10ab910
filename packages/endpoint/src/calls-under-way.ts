import type { LogError } from '@wherry/kafka';
import type { Frame, InboxAddress } from '@wherry/wire';
import { LiveMap } from './live-map.js';
import { sameInbox } from './peers.js';

/** A call that receives frames from its instance's inbox. */
export interface RoutedCall {
  readonly id: string;
  /** The instance at the other end; undefined until that is known. */
  readonly peer: InboxAddress | undefined;
  /**
   * Takes a frame of this call. @returns false if the call cannot use the frame: the frame is repeated, or its sender is not the call's
   * peer.
   */
  receive(frame: Frame, sender: InboxAddress): boolean;
  /** The peer was not heard from within its lease. */
  peerGone(): void;
  /** A frame of this call could not be delivered. */
  undelivered(error: LogError): void;
}

/**
 * The calls of an instance that are not over. Finds the call that a frame, a lost peer or an undelivered record is about, and knows when
 * no call is left.
 */
export class CallsUnderWay<Call extends RoutedCall> {
  readonly #calls = new LiveMap<Call>();
  /** How often {@link hold} was called without a {@link release}. */
  #heldCount = 0;
  #waiting: (() => void)[] = [];

  get size(): number {
    return this.#calls.size;
  }

  get(id: string): Call | undefined {
    return this.#calls.get(id);
  }

  /** The calls at this moment, in the order they were added. */
  values(): readonly Call[] {
    return this.#calls.values();
  }

  /** From now on, frames with this call's id are for this call. */
  add(call: Call): void {
    this.#calls.set(call.id, call);
  }

  delete(call: Call): void {
    this.#calls.delete(call.id);
    this.#checkEmpty();
  }

  /** The instance is closed. Calls that never ended are forgotten too, so no call is under way any more. */
  forgetAll(): void {
    for (const { id } of this.#calls.values()) this.#calls.delete(id);
    this.#heldCount = 0;
    this.#checkEmpty();
  }

  /** Counts something that has no id as under way until {@link release}: for example, a call between two attempts. */
  hold(): void {
    this.#heldCount++;
  }

  release(): void {
    this.#heldCount--;
    this.#checkEmpty();
  }

  /** Gives a frame to its call. @returns false if no call here wants it. */
  receive(frame: Frame, sender: InboxAddress): boolean {
    return this.#calls.get(frame.callId)?.receive(frame, sender) ?? false;
  }

  peerGone(peer: InboxAddress): void {
    for (const call of this.#calls.values()) {
      if (call.peer !== undefined && sameInbox(call.peer, peer)) call.peerGone();
    }
  }

  undelivered(callId: string, error: LogError): void {
    this.#calls.get(callId)?.undelivered(error);
  }

  /** Settles once no call is under way. */
  whenEmpty(): Promise<void> {
    if (this.#empty) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  get #empty(): boolean {
    return this.#calls.size === 0 && this.#heldCount === 0;
  }

  #checkEmpty(): void {
    if (this.#waiting.length > 0 && this.#empty) for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
