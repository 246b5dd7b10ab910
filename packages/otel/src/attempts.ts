import type { Span, SpanContext } from '@opentelemetry/api';
import { sameInbox } from '@wherry/endpoint/internal';
import type { InboxAddress } from '@wherry/wire';
import { attribute } from './semconv.js';

interface Attempt {
  readonly worker: InboxAddress;
  /** Of the span that received the request. */
  readonly context: SpanContext | undefined;
}

/**
 * The workers that began one request, as each of them told. Where another one goes on with it, those before were lost: each gives a
 * request up only by dying, or by being closed.
 */
export class Attempts {
  readonly #told: Attempt[] = [];
  #answered = false;

  /** @returns how many were lost. */
  begun(worker: InboxAddress, context: SpanContext | undefined): number {
    // Behind an answer it is one too many, not one before.
    if (!this.#answered && !this.#told.some((attempt) => sameInbox(attempt.worker, worker))) {
      this.#told.push({ worker, context });
    }
    return this.#answered ? 0 : this.#before(worker).length;
  }

  /** It is answered, or accepted. `reply`, the span that received that, is linked to those that were lost. */
  answered(worker: InboxAddress, reply: Span): number {
    if (this.#answered) return 0;
    this.#answered = true;
    const lost = this.#before(worker);
    for (const { context } of lost) {
      if (context !== undefined) reply.addLink({ context, attributes: { [attribute.link]: 'lost_attempt' } });
    }
    return lost.length;
  }

  /** Those that this worker took over from: all, where it answered before it could tell. */
  #before(worker: InboxAddress): readonly Attempt[] {
    const at = this.#told.findIndex((attempt) => sameInbox(attempt.worker, worker));
    return at < 0 ? this.#told : this.#told.slice(0, at);
  }
}
