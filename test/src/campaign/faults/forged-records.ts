import {
  CALL_ID_BYTES,
  encodeDescriptors,
  encodeRecord,
  encodeRegistration,
  type Frame,
  type InboxAddress,
  type WireRecord,
} from '@wherry/wire';
import type { Random } from '../random.js';

const MAX_UINT32 = 2 ** 32 - 1;
/** How many inboxes that do not exist are named as senders. A reader asks the brokers about each of them. */
const UNKNOWN_SENDERS = 8;
const MAX_GARBAGE_BYTES = 300;
const FORGED_LEASE_MS = 3000;
const service = 'wherry.test.v1.Echo';

/** A record as others may write it to Wherry's topics. The key of a foreign record may be missing. */
export interface ForgedRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** What the forger knows of the system. It does not know the ids of calls, which are secret. */
export interface Known {
  readonly namespace: string;
  readonly inboxes: readonly string[];
  readonly partitions: number;
}

/** Forges a record for a request topic or an inbox. */
export function forgeRecord(random: Random, known: Known): ForgedRecord {
  return random.pick(forgers)(random, known);
}

/** Forges a record for the registry topic. That topic is compacted, so its records need a key. */
export function forgeRegistryRecord(random: Random, known: Known): ForgedRecord {
  return random.pick(registryForgers)(random, known);
}

type Forger = (random: Random, known: Known) => ForgedRecord;

const foreign: Forger = (random) => ({
  key: Buffer.from(`user-${random.int(0, 99)}`),
  value: Buffer.from('{"json":1}'),
});
const laterVersion: Forger = (random) => ({
  key: Buffer.from([8, random.int(2, 127), ...random.bytes(random.int(0, 40))]),
  value: null,
});
const garbage: Forger = (random) => ({
  key: Buffer.concat([Buffer.from([8, 1]), random.bytes(random.int(0, MAX_GARBAGE_BYTES))]),
  value: random.bytes(random.int(0, MAX_GARBAGE_BYTES)),
});
/** A good record of which one byte was changed, or the end was cut off. */
const damaged: Forger = (random, known) => {
  const { key, value } = opening(random, known) as WireRecord;
  const changed = Buffer.from(key);
  const at = random.int(0, key.length - 1);
  changed.writeUInt8(random.int(0, 255), at);
  return { key: random.int(0, 1) === 0 ? changed : changed.subarray(0, at), value };
};

/** A frame of a call that nobody has, with the most that its fields can hold. */
const stray: Forger = (random, known) =>
  encodeRecord({ sender: sender(random, known), frames: [{ ...random.pick(strayFrames), ...ids(random) }] });

const strayFrames: readonly Partial<Frame>[] = [
  { credit: MAX_UINT32 },
  { accept: true, credit: MAX_UINT32 },
  { status: { code: 0, message: 'forged', trailers: [] } },
  { cancel: true },
  { halfClose: true },
  { message: Buffer.from('forged'), part: { offset: 0, total: MAX_UINT32 } },
  { headers: [['forged', 'yes']], message: Buffer.alloc(0) },
];

/** A lease of an instance that does not exist, or an echo that nobody has sent. */
const lease: Forger = (random, known) =>
  encodeRecord({
    sender: unknownSender(random, known),
    frames: [],
    notices: [{ kind: 'lease', leaseMs: MAX_UINT32, echo: random.pick([0, 1, MAX_UINT32]) }],
  });

/** A call of nobody, or one in the name of an instance that has not made it. */
const opening: Forger = (random, known) => {
  const method = random.pick(['Unary', 'Expand', 'Chat', 'Chat', 'Unknown']);
  const deadline = random.pick([
    1,
    Date.now() + FORGED_LEASE_MS,
    Date.now() + FORGED_LEASE_MS,
    Number.MAX_SAFE_INTEGER,
  ]);
  const open = { method: `/${service}/${method}`, deadline, metadata: [['forged', 'yes']] as const };
  const frame: Frame = { callId: callId(random), sequence: 0, open, message: Buffer.alloc(0) };
  return encodeRecord({
    sender: sender(random, known),
    frames: [method === 'Chat' ? frame : { ...frame, halfClose: true }],
  });
};

const forgers: readonly Forger[] = [
  () => ({ key: null, value: Buffer.from('x') }),
  () => ({ key: Buffer.alloc(0), value: null }),
  foreign,
  laterVersion,
  garbage,
  damaged,
  stray,
  stray,
  lease,
  opening,
];

const registryForgers: readonly Forger[] = [
  foreign,
  laterVersion,
  garbage,
  // An instance that does not exist says that it reads all partitions, and some that are not there.
  (random, known) => {
    const all = Array.from({ length: known.partitions }, (_, partition) => partition);
    const partitions = [...all, random.pick([MAX_UINT32, known.partitions])];
    return registration(random, known, FORGED_LEASE_MS, [{ name: service, descriptors: undefined, partitions }]);
  },
  (random, known) =>
    registration(random, known, MAX_UINT32, [{ name: `forged.Service${random.int(0, 9)}`, descriptors: undefined }]),
  (random, known) => encodeRegistration(unknownSender(random, known), undefined),
  (random) => ({ key: encodeDescriptors([random.bytes(20)]).key, value: encodeDescriptors([random.bytes(20)]).value }),
];

function registration(
  random: Random,
  known: Known,
  leaseMs: number,
  services: NonNullable<Parameters<typeof encodeRegistration>[1]>['services'],
): ForgedRecord {
  const writtenAt = random.pick([0, Date.now(), Number.MAX_SAFE_INTEGER]);
  return encodeRegistration(unknownSender(random, known), { writtenAt, startedAt: writtenAt, leaseMs, services });
}

function ids(random: Random): Pick<Frame, 'callId' | 'sequence'> {
  return { callId: callId(random), sequence: random.pick([0, 1, random.int(0, MAX_UINT32), MAX_UINT32]) };
}

function callId(random: Random): string {
  return random.bytes(CALL_ID_BYTES).toString('latin1');
}

function sender(random: Random, known: Known): InboxAddress {
  const topic = random.pick([...known.inboxes, 'somebody.else', '']);
  return topic === '' ? unknownSender(random, known) : { topic, partition: 0 };
}

function unknownSender(random: Random, { namespace }: Known): InboxAddress {
  const number = random.int(0, UNKNOWN_SENDERS - 1).toString(16);
  return { topic: `${namespace}.inbox.forged00.${number.padStart(16, '0')}`, partition: 0 };
}
