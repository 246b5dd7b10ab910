/** What is measured in rounds, system by system: a table each. */
export const roundParts = {
  load: { title: 'Closed loop, handlers that answer at once', first: 'callers', unit: 'calls' },
  waits: {
    title:
      'Handlers that wait 1 to 20 ms at random; times are beyond that wait, of open loops from when a call was due',
    first: 'callers, or arrivals/s',
    unit: 'calls',
  },
  streams: { title: 'Bidi streams', first: 'streams', unit: 'messages' },
  payloads: { title: 'Payloads each way, 16 callers', first: 'payload', unit: 'calls' },
} as const;

/** What is measured each in its own way. */
export const ownParts = {
  memory: 'memory with 10,000 calls in flight',
  workers: '1, 2 and 4 workers',
  cold: 'from createChannel to the first reply',
} as const;

export type RoundPart = keyof typeof roundParts;
export type PartName = RoundPart | keyof typeof ownParts;

export const partNames = [...Object.keys(roundParts), ...Object.keys(ownParts)] as PartName[];
