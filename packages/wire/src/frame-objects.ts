import type { Frame, MetadataEntries, Opening, WireStatus } from './frame.js';

// The objects that calls are made of, as instances of classes. V8 moves the objects of a literal to the old generation too early if earlier
// ones lived for long, and a dead object there keeps its whole call until the next full collection (docs/performance-notes.md).

/** A frame with nothing in it yet. */
export class FrameObject implements Frame {
  open: Frame['open'] = undefined;
  accept: Frame['accept'] = undefined;
  headers: Frame['headers'] = undefined;
  message: Frame['message'] = undefined;
  part: Frame['part'] = undefined;
  halfClose: Frame['halfClose'] = undefined;
  cancel: Frame['cancel'] = undefined;
  status: Frame['status'] = undefined;
  credit: Frame['credit'] = undefined;

  constructor(
    public sequence: number,
    public callId: string,
  ) {}
}

export class OpeningObject implements Opening {
  constructor(
    readonly method: string,
    readonly deadline: number | undefined,
    readonly metadata: MetadataEntries,
    readonly authority: string | undefined,
    readonly waitForReady: boolean | undefined,
  ) {}
}

export class WireStatusObject implements WireStatus {
  constructor(
    readonly code: number,
    readonly message: string,
    readonly trailers: MetadataEntries,
  ) {}
}

/** No metadata, for all who have none. */
export const noEntries: MetadataEntries = Object.freeze([]);
