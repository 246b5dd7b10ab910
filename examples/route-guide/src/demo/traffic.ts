import { status as Status } from '@grpc/grpc-js';
import type { RecordObserver } from '@wherry/endpoint';
import type { Frame, InboxAddress } from '@wherry/wire';

/** A record that crossed, as the channel or the gateway saw it. */
export interface Crossing {
  /** When, on the clock of `performance.now()`. */
  readonly at: number;
  /** The inbox of whoever wrote it; undefined: the observed instance itself. */
  readonly writer: string | undefined;
  readonly topic: string;
  readonly partition: number;
  readonly frames: number;
  /** Bytes of messages, which are the record's value; the rest is in its key. */
  readonly bytes: number;
  /** What its frames are, in their order. */
  readonly parts: string;
}

/** An observer for a channel or a gateway that passes on each record with a part of a call; leases are not shown. */
export function watchRecords(onCrossing: (crossing: Crossing) => void): RecordObserver {
  const pass = (
    writer: string | undefined,
    { topic, partition }: InboxAddress,
    frames: readonly Frame[],
    bytes: number,
  ): void => {
    const at = performance.now();
    if (frames.length === 0) return;
    onCrossing({ at, writer, topic, partition, frames: frames.length, bytes, parts: describeFrames(frames) });
  };
  return {
    sent: (topic, partition, frames, bytes) => pass(undefined, { topic, partition }, frames, bytes),
    received: (record, sender, frames) => pass(sender.topic, record, frames, record.value?.length ?? 0),
  };
}

/** What the frames are, in one line; a run of messages is counted. */
function describeFrames(frames: readonly Frame[]): string {
  const runs: { part: string; count: number }[] = [];
  for (const part of frames.flatMap(partsOf)) {
    const last = runs.at(-1);
    if (last?.part === part) last.count++;
    else runs.push({ part, count: 1 });
  }
  return runs.map(({ part, count }) => (count === 1 ? part : `${count} ${part}s`)).join(', ');
}

function partsOf(frame: Frame): string[] {
  const parts: [boolean, string][] = [
    [frame.open !== undefined, 'opening'],
    [frame.accept === true, 'accept'],
    [frame.headers !== undefined, 'headers'],
    [frame.message !== undefined, 'message'],
    [frame.halfClose === true, 'half-close'],
    [frame.cancel === true, 'cancel'],
    [frame.credit !== undefined, 'credit'],
    [frame.status !== undefined, `status ${Status[frame.status?.code ?? 0]}`],
  ];
  return parts.filter(([is]) => is).map(([, name]) => name);
}
