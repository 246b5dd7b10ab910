import { status as Status } from '@grpc/grpc-js';
import type { RecordObserver } from '@wherry/kafka';
import type { Frame } from '@wherry/wire';

/** Writes a line for each record of a call: when, which way, topic and partition, and what it carries. */
export class RecordPrinter implements RecordObserver {
  readonly #write: (line: string) => void;
  #began = performance.now();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** The call begins: times are counted from here. */
  begin(): void {
    this.#began = performance.now();
  }

  sent = (topic: string, partition: number, frames: readonly Frame[], valueBytes: number): void => {
    this.#print('->', `${topic}[${partition}]`, frames, valueBytes);
  };

  received: NonNullable<RecordObserver['received']> = ({ topic, partition, offset, value }, sender, frames) => {
    const from = `from ${sender.topic}[${sender.partition}]`;
    this.#print('<-', `${topic}[${partition}] offset ${offset} ${from}`, frames, value?.length ?? 0);
  };

  /** A line with the time since the call began. */
  print(text: string): void {
    this.#write(`${(performance.now() - this.#began).toFixed(1).padStart(8)} ms  ${text}`);
  }

  #print(arrow: string, where: string, frames: readonly Frame[], bytes: number): void {
    // Frames of no call are leases and heartbeats; they would be most of what there is to see.
    const parts = frames.filter(({ callId }) => callId !== undefined).map(frameParts);
    if (parts.length > 0) this.print(`${arrow} ${where}  ${parts.join('; ')} (${bytes} value bytes)`);
  }
}

/** What a frame is, in words. */
export function frameParts(frame: Frame): string {
  const parts: string[] = [];
  if (frame.open !== undefined) parts.push(`opens ${frame.open.method}`);
  if (frame.accept) parts.push('accept');
  if (frame.headers !== undefined) parts.push('headers');
  if (frame.message !== undefined) parts.push(`message of ${frame.message.length}`);
  if (frame.begun !== undefined) parts.push('begun');
  if (frame.halfClose) parts.push('end of requests');
  if (frame.cancel) parts.push('cancel');
  if (frame.credit) parts.push(`credit of ${frame.credit}`);
  if (frame.status !== undefined) parts.push(`status ${Status[frame.status.code] ?? frame.status.code}`);
  return parts.join(', ');
}
