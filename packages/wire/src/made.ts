import type { Frame, MetadataEntries, Opening, WireStatus } from './frame.js';

// What calls are made of, as instances of classes and not as literals. V8 learns of each literal in the code how long what it makes
// lives; where that is a while, it makes the next ones old at once, and one that is old and dead keeps its call, with all that is the
// call's, until the next full collection (docs/performance.md).

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
