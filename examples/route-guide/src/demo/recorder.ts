import type { RecordObserver } from '@wherry/endpoint';
import { type Crossing, watchRecords } from './traffic.js';

/** Keeps the records of a channel or a gateway until they are taken, so that printing them costs the calls no time. */
export class Recorder {
  readonly observer: RecordObserver;
  #crossings: Crossing[] = [];
  #live: ((crossing: Crossing) => void) | undefined;

  constructor() {
    this.observer = watchRecords((crossing) => {
      if (this.#live === undefined) this.#crossings.push(crossing);
      else this.#live(crossing);
    });
  }

  /** Returns the records since the last call of this method. */
  take(): Crossing[] {
    const taken = this.#crossings;
    this.#crossings = [];
    return taken;
  }

  /** From now on, passes each record on at once. */
  goLive(show: (crossing: Crossing) => void): void {
    this.#live = show;
  }
}
