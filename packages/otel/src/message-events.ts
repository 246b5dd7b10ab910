import type { Span } from '@opentelemetry/api';
import type { Clock } from './clock.js';
import { attribute } from './semconv.js';

type Direction = 'sent' | 'received';

/**
 * Adds the first `max` messages of a stream as events to its span. A call with one message each way gets no events, because they would add
 * nothing to its span.
 */
export class MessageEvents {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #counts = { sent: 0, received: 0 };
  /** The events of messages that came before the call proved to be a stream; undefined from then on. */
  #held: (() => void)[] | undefined = [];
  #added = 0;

  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
  }

  add(span: Span, direction: Direction, message: unknown): void {
    const id = ++this.#counts[direction];
    if (this.#added >= this.#max) return;
    this.#added++;
    const time = this.#clock.now();
    const event = (): void => {
      span.addEvent(
        'rpc.message',
        attributesOf(direction, id, message instanceof Uint8Array ? message : undefined),
        time,
      );
    };
    if (id > 1) this.#release();
    if (this.#held === undefined) event();
    else this.#held.push(event);
  }

  /** Sets the numbers of messages on the span, if the call was a stream. */
  end(span: Span): void {
    if (this.#held !== undefined) return;
    span.setAttributes({
      [attribute.messagesSent]: this.#counts.sent,
      [attribute.messagesReceived]: this.#counts.received,
    });
  }

  #release(): void {
    for (const event of this.#held ?? []) event();
    this.#held = undefined;
  }
}

function attributesOf(direction: Direction, id: number, bytes: Uint8Array | undefined) {
  const attributes = { [attribute.messageType]: direction.toUpperCase(), [attribute.messageId]: id };
  return bytes === undefined ? attributes : { ...attributes, [attribute.messageSize]: bytes.length };
}
