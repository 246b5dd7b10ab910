import type { Frame, MetadataEntries, Opening, WireStatus } from './frame.js';

// The parts of calls are instances of classes, not literals. V8 may make the objects of a literal old at once, and an old one that is
// dead keeps its whole call until the next full collection (docs/performance-notes.md).

/** A frame with nothing in it yet. */
export class MadeFrame implements Frame {
  open: Frame['open'] = undefined;
  accept: Frame['accept'] = undefined;
  headers: Frame['headers'] = undefined;
  message: Frame['message'] = undefined;
  part: Frame['part'] = undefined;
  halfClose: Frame['halfClose'] = undefined;
  cancel: Frame['cancel'] = undefined;
  status: Frame['status'] = undefined;
  credit: Frame['credit'] = undefined;
  leaseMs: Frame['leaseMs'] = undefined;
  begun: Frame['begun'] = undefined;

  constructor(
    public sequence: number,
    public callId: string | undefined,
  ) {}
}

export class MadeOpening implements Opening {
  constructor(
    readonly method: string,
    readonly deadline: number | undefined,
    readonly metadata: MetadataEntries,
    readonly authority: string | undefined,
    readonly waitForReady: boolean | undefined,
  ) {}
}

export class MadeStatus implements WireStatus {
  constructor(
    readonly code: number,
    readonly message: string,
    readonly trailers: MetadataEntries,
  ) {}
}

/** No metadata, for all who have none. */
export const noEntries: MetadataEntries = Object.freeze([]);
