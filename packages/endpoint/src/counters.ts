/** Counts the records, frames and peers that an endpoint could not use or lost. Each count only grows. */
export interface EndpointCounters {
  /** Records that another program wrote. */
  foreignRecords: number;
  /** Records of an unknown version of the format. */
  unknownVersionRecords: number;
  /** Records that break the rules of the format, and records of the registry that exceed its limits (docs/limits.md). */
  malformedRecords: number;
  /** Records whose sender is not an inbox of the namespace, or calls whose sender is this instance itself. */
  refusedSenders: number;
  /** Frames of calls that have ended or that this instance never had: late or repeated replies, and calls of other instances. */
  lateFrames: number;
  /** Records that the broker did not accept. */
  undeliveredRecords: number;
  /** Peers that were not heard from within their lease. */
  lostPeers: number;
  /** Times that an error ended the reading of a topic. The reader begins again. */
  interruptedReaders: number;
}

export function newCounters(): EndpointCounters {
  return {
    foreignRecords: 0,
    unknownVersionRecords: 0,
    malformedRecords: 0,
    refusedSenders: 0,
    lateFrames: 0,
    undeliveredRecords: 0,
    lostPeers: 0,
    interruptedReaders: 0,
  };
}
