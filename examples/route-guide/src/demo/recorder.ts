import type { RecordObserver } from '@wherry/endpoint';
import { type Crossing, watchRecords } from './traffic.js';

/** Keeps the records of a channel or a gateway until they are taken, so that showing them costs the calls no time. */
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

  /** Those seen since the last time. */
  take(): Crossing[] {
    const taken = this.#crossings;
    this.#crossings = [];
    return taken;
  }

  /** From here on, each is given away as it is seen. */
  goLive(show: (crossing: Crossing) => void): void {
    this.#live = show;
  }
}
