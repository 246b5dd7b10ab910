/** Something that writes and reads one and the same message. */
export interface Contestant {
  readonly name: string;
  encode(): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/** Microseconds of CPU time for one message. */
export interface CodecResult {
  readonly name: string;
  readonly bytes: number;
  readonly encodeUs: number;
  readonly decodeUs: number;
}

const WARM_UP = 200_000;
const MESSAGES = 100_000;

/** The fastest of so many rounds: what the machine does meanwhile only ever makes them slower. */
export function measureCodec(contestant: Contestant, bytes: Uint8Array, rounds: number): CodecResult {
  if (Buffer.compare(contestant.encode(), bytes) !== 0) throw new Error(`${contestant.name} writes other bytes`);
  return {
    name: contestant.name,
    bytes: bytes.length,
    encodeUs: fastest(() => contestant.encode(), rounds),
    decodeUs: fastest(() => contestant.decode(bytes), rounds),
  };
}

function fastest(run: () => unknown, rounds: number): number {
  const round = (messages: number): number => {
    const began = process.cpuUsage();
    for (let n = 0; n < messages; n++) kept = run();
    const { user, system } = process.cpuUsage(began);
    return (user + system) / messages;
  };
  round(WARM_UP);
  return Math.min(...Array.from({ length: rounds }, () => round(MESSAGES)));
}

/** What was made last, so that making it cannot be left out. */
let kept: unknown;
export const lastMade = (): unknown => kept;
