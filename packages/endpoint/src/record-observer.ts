import type { LogRecord, RecordHeaders } from '@wherry/kafka';
import type { Frame, InboxAddress, Notice } from '@wherry/wire';
import { runGuarded } from './run-guarded.js';

/** Sees the records of an instance as they leave and arrive. */
export interface RecordObserver {
  /** A record was handed to the client library. */
  sent?(topic: string, partition: number, frames: readonly Frame[], valueBytes: number): void;
  /** The broker has a record that was sent. If an observer has this method, the broker reports every record. */
  acknowledged?(topic: string, partition: number, offset: number, frames: readonly Frame[]): void;
  /** A record was read and decoded. */
  received?(record: LogRecord, sender: InboxAddress, frames: readonly Frame[], notices: readonly Notice[]): void;
  /**
   * Gives headers for a record that is about to leave, for other tools to read: Wherry reads no headers. Headers cost as much as a call. If
   * several observers give headers, those of the first are written.
   */
  headers?(frames: readonly Frame[]): RecordHeaders | undefined;
}

/** Makes one observer from any number of observers. An error that one of them throws reaches neither the others nor the instance. */
export function observeTogether(observers: readonly (RecordObserver | undefined)[]): RecordObserver | undefined {
  const present = observers.filter((observer) => observer !== undefined);
  if (present.length < 2) return present[0];
  const sent = present.filter((observer) => observer.sent);
  const acknowledged = present.filter((observer) => observer.acknowledged);
  const received = present.filter((observer) => observer.received);
  const headers = present.filter((observer) => observer.headers);
  return {
    ...(sent.length > 0 && {
      sent: (...args) => {
        for (const observer of sent) runGuarded(() => observer.sent?.(...args));
      },
    }),
    ...(acknowledged.length > 0 && {
      acknowledged: (...args) => {
        for (const observer of acknowledged) runGuarded(() => observer.acknowledged?.(...args));
      },
    }),
    ...(received.length > 0 && {
      received: (...args) => {
        for (const observer of received) runGuarded(() => observer.received?.(...args));
      },
    }),
    ...(headers.length > 0 && {
      headers: (frames) => {
        for (const observer of headers) {
          const given = runGuarded(() => observer.headers?.(frames));
          if (given !== undefined) return given;
        }
        return undefined;
      },
    }),
  };
}
