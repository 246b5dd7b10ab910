import rdkafka from 'node-rdkafka';

/** How long each producer takes to disconnect while polls are counted, in milliseconds. A producer is polled every 50 ms. */
const DISCONNECT_MS = 500;

/** Producers that disconnect, and how often they were polled meanwhile. */
export class LatePolls {
  readonly producers = new Set<rdkafka.Producer>();
  count = 0;

  /** Watches all producers of this process. @returns a function that ends this. */
  watch(): () => void {
    const methods = rdkafka.Producer.prototype as unknown as Record<
      'poll' | '_disconnect',
      (done?: () => void) => unknown
    >;
    const { poll, _disconnect: disconnect } = methods;
    const { producers } = this;
    const found = (): void => {
      this.count++;
    };
    methods.poll = function (this: rdkafka.Producer) {
      if (producers.has(this)) found();
      return poll.call(this);
    };
    methods._disconnect = function (this: rdkafka.Producer, done) {
      producers.add(this);
      setTimeout(() => disconnect.call(this, done), DISCONNECT_MS);
    };
    return () => Object.assign(methods, { poll, _disconnect: disconnect });
  }
}
