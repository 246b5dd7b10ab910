import { pointKey, type RouteNote } from './messages.js';

/** The notes left at each point. */
export class Notes {
  readonly #byPoint = new Map<string, RouteNote[]>();

  /** Leaves a note, and gives those that were at its point before, oldest first. */
  leave(note: RouteNote): readonly RouteNote[] {
    const key = pointKey(note.location);
    const earlier = this.#byPoint.get(key) ?? [];
    this.#byPoint.set(key, [...earlier, note].slice(-MOST_NOTES_A_POINT));
    return earlier;
  }
}

/** A point whose notes are all sent back each time would otherwise cost more with each visit. */
const MOST_NOTES_A_POINT = 100;
