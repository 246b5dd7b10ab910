import type { Frame, MetadataEntries, Opening, WireStatus } from './frame.js';

// Frames, openings and statuses are instances of classes and not object literals, because V8 may allocate literals as old objects. An old
// object that is dead keeps its call in memory until the next full garbage collection (docs/performance-notes.md).

/** A frame that has only its sequence number and its call id so far. */
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

/** Empty metadata. All frames without metadata share this list. */
export const noEntries: MetadataEntries = Object.freeze([]);
