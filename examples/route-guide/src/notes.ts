import { pointKey, type RouteNote } from './messages.js';

/** The notes left at each point. */
export class Notes {
  readonly #byPoint = new Map<string, RouteNote[]>();

  /** Leaves a note, and returns the earlier notes at its point, oldest first. */
  leave(note: RouteNote): readonly RouteNote[] {
    const key = pointKey(note.location);
    const earlier = this.#byPoint.get(key) ?? [];
    this.#byPoint.set(key, [...earlier, note].slice(-MOST_NOTES_A_POINT));
    return earlier;
  }
}

/** Each visit sends back all earlier notes of a point. Without this limit it would cost more each time. */
const MOST_NOTES_A_POINT = 100;
