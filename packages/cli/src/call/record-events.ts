import { status as Status } from '@grpc/grpc-js';
import type { RecordObserver } from '@wherry/endpoint';
import type { Frame, Notice } from '@wherry/wire';

/** A record that carries something of the call, on its way. */
export interface RecordEvent {
  /** `acknowledged`: the broker has a record that was sent, and says where. */
  readonly direction: 'sent' | 'acknowledged' | 'received';
  readonly topic: string;
  readonly partition: number;
  /** Where in the partition it is; not known yet of one that was just sent. */
  readonly offset?: number | undefined;
  /** When its writer wrote it, where the topic keeps that: ISO 8601. */
  readonly written?: string | undefined;
  /** Whose inbox it is from. */
  readonly sender?: string | undefined;
  /** What it carries, in words. */
  readonly frames: readonly string[];
  readonly valueBytes?: number | undefined;
}

/** Tells of each record of a call. Leases and heartbeats are not the call's; they would be most of what there is to see. */
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

/** What a frame is, in words. */
function frameParts(frame: Frame): string {
  const parts: string[] = [];
  if (frame.open !== undefined) parts.push(`opens ${frame.open.method}`);
  if (frame.accept) parts.push('accept');
  if (frame.headers !== undefined) parts.push('headers');
  if (frame.message !== undefined) parts.push(`message of ${frame.message.length}`);
  if (frame.halfClose) parts.push('end of requests');
  if (frame.cancel) parts.push('cancel');
  if (frame.credit) parts.push(`credit of ${frame.credit}`);
  if (frame.status !== undefined) parts.push(`status ${Status[frame.status.code] ?? frame.status.code}`);
  return parts.join(', ');
}
