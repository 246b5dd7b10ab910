import type { CallHooks, ClientInstrumentation } from '@wherry/client';
import { percentiles } from '../percentiles.js';

/** Watches how long openings wait for others to share their record. */
export class PackingWatch implements ClientInstrumentation {
  readonly #started = new Map<string, number>();
  #waits: number[] = [];

  channelMade(): ReturnType<ClientInstrumentation['channelMade']> {
    return {
      callMade: () => this.#watch(),
      records: {
        sent: (_topic, _partition, frames) => {
          const now = performance.now();
          for (const { callId } of frames) {
            const start = callId === undefined ? undefined : this.#started.get(callId);
            if (callId === undefined || start === undefined) continue;
            this.#waits.push(now - start);
            this.#started.delete(callId);
          }
        },
      },
    };
  }

  /** Of what was sent since this was asked before. */
  take(): { p50: number; p99: number; max: number } {
    const waits = this.#waits;
    this.#waits = [];
    return percentiles(Float64Array.from(waits));
  }

  #watch(): CallHooks {
    let start = 0;
    return {
      started: (metadata) => {
        start = performance.now();
        return metadata;
      },
      opening: (callId) => {
        this.#started.set(callId, start);
        return undefined;
      },
      message: () => {},
      ended: () => {},
    };
  }
}
