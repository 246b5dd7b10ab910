import { status as Status } from '@grpc/grpc-js';
import type { RecordObserver } from '@wherry/endpoint';
import type { Frame, Notice } from '@wherry/wire';

/** A step on the way of a record that carries a part of the call. */
export interface RecordEvent {
  /** `acknowledged`: the broker has stored a sent record, and gives its offset. */
  readonly direction: 'sent' | 'acknowledged' | 'received';
  readonly topic: string;
  readonly partition: number;
  /** Its offset in the partition; undefined for a record that was just sent. */
  readonly offset?: number | undefined;
  /** The time when its writer wrote it, in ISO 8601, if the topic keeps it. */
  readonly written?: string | undefined;
  /** The inbox of its writer. */
  readonly sender?: string | undefined;
  /** Its frames in words. */
  readonly frames: readonly string[];
  readonly valueBytes?: number | undefined;
}

/** Makes an observer that reports each record of the call. It leaves out leases and heartbeats, which outnumber them. */
export function observeRecords(tell: (event: RecordEvent) => void): RecordObserver {
  const tellOf = (
    event: Omit<RecordEvent, 'frames'>,
    frames: readonly Frame[],
    notices: readonly Notice[] = [],
  ): void => {
    const begun = notices.filter(({ kind }) => kind === 'begun').map(({ kind }) => kind);
    const parts = [...begun, ...frames.map(frameParts)];
    if (parts.length > 0) tell({ ...event, frames: parts });
  };
  return {
    sent: (topic, partition, frames, valueBytes) => tellOf({ direction: 'sent', topic, partition, valueBytes }, frames),
    acknowledged: (topic, partition, offset, frames) =>
      tellOf({ direction: 'acknowledged', topic, partition, offset }, frames),
    received: ({ topic, partition, offset, timestamp, value }, sender, frames, notices) => {
      const written = timestamp === undefined ? undefined : new Date(timestamp).toISOString();
      const from = `${sender.topic}[${sender.partition}]`;
      const valueBytes = value?.length ?? 0;
      tellOf({ direction: 'received', topic, partition, offset, written, sender: from, valueBytes }, frames, notices);
    },
  };
}

/** Describes a frame in words. */
function frameParts(frame: Frame): string {
  const parts: string[] = [];
  if (frame.open !== undefined) parts.push(`opens ${frame.open.method}`);
  if (frame.accept) parts.push('accept');
  if (frame.headers !== undefined) parts.push('headers');
  if (frame.message !== undefined) parts.push(`message of ${frame.message.length} bytes`);
  if (frame.halfClose) parts.push('end of requests');
  if (frame.cancel) parts.push('cancel');
  if (frame.credit) parts.push(`credit of ${frame.credit} bytes`);
  if (frame.status !== undefined) parts.push(`status ${Status[frame.status.code] ?? frame.status.code}`);
  return parts.join(', ');
}
