/** What an endpoint met that it could not use. Each only grows. */
export interface EndpointCounters {
  /** Records that something else wrote. */
  foreignRecords: number;
  /** Records of a version of the format that is not known here. */
  unknownVersionRecords: number;
  /** Records that break the rules of the format. */
  malformedRecords: number;
  /** Frames of calls that are over, or never were: late or repeated replies, calls of others. */
  lateFrames: number;
  /** Records that the broker would not take. */
  undeliveredRecords: number;
  /** Peers that were not heard from in time. */
  lostPeers: number;
}

export function newCounters(): EndpointCounters {
  return {
    foreignRecords: 0,
    unknownVersionRecords: 0,
    malformedRecords: 0,
    lateFrames: 0,
    undeliveredRecords: 0,
    lostPeers: 0,
  };
}
