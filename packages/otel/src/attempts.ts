import type { Span, SpanContext } from '@opentelemetry/api';
import { sameInbox } from '@wherry/endpoint/internal';
import type { InboxAddress } from '@wherry/wire';
import { attribute } from './semconv.js';

interface Attempt {
  readonly worker: InboxAddress;
  /** The context of the span that received the request. */
  readonly context: SpanContext | undefined;
}

/**
 * The workers that reported that they began one request. If a later worker takes the request over, the earlier workers were lost, because a
 * worker gives a request up only if it dies or is closed.
 */
export class Attempts {
  readonly #told: Attempt[] = [];
  #answered = false;

  /** `worker` began the request. @returns how many workers were lost before it. */
  begun(worker: InboxAddress, context: SpanContext | undefined): number {
    // The request was answered already, so no worker was lost.
    if (!this.#answered && !this.#told.some((attempt) => sameInbox(attempt.worker, worker))) {
      this.#told.push({ worker, context });
    }
    return this.#answered ? 0 : this.#before(worker).length;
  }

  /**
   * `worker` answered or accepted the request. `reply` is the span that received the answer; that span gets a link to each lost worker's
   * span.
   *
   * @returns how many workers were lost.
   */
  answered(worker: InboxAddress, reply: Span): number {
    if (this.#answered) return 0;
    this.#answered = true;
    const lost = this.#before(worker);
    for (const { context } of lost) {
      if (context !== undefined) reply.addLink({ context, attributes: { [attribute.link]: 'lost_attempt' } });
    }
    return lost.length;
  }

  /** The workers before this one: all of them, if this worker answered before it reported that it began. */
  #before(worker: InboxAddress): readonly Attempt[] {
    const at = this.#told.findIndex((attempt) => sameInbox(attempt.worker, worker));
    return at < 0 ? this.#told : this.#told.slice(0, at);
  }
}
