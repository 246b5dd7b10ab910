import { randomInt } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import type { EchoServer } from '../../gen/echo.js';
import { echo } from '../../support/echo.js';
import type { LedgerWriter } from '../ledger-files.js';
import { wallClock } from '../time.js';
import { idKey } from './call-kinds.js';
import { tell } from './messages.js';

/** How long a unary handler takes, so that a fault finds calls that run. */
const MAX_HANDLER_MS = 40;
/** One in so many unary calls takes longer than `acceptAfterMs`, so that the worker accepts it. */
const SLOW_ONE_IN = 300;
const SLOW_MS = 6000;
const TELL_INTERVAL_MS = 200;

/** The echo service, which writes a line for each handler that begins. Calls of strangers, which have no id, are answered too. */
export function recordedEcho(ledger: LedgerWriter): EchoServer {
  let toldAt = 0;
  const record = ({ metadata }: { metadata: Metadata }): void => {
    const [id] = metadata.get(idKey);
    if (typeof id !== 'string') return;
    const at = wallClock();
    ledger.write({ handled: id, at });
    if (at - toldAt < TELL_INTERVAL_MS) return;
    toldAt = at;
    tell({ what: 'served', at });
  };
  return {
    unary: (call, callback) => {
      record(call);
      const ms = randomInt(SLOW_ONE_IN) === 0 ? SLOW_MS : randomInt(MAX_HANDLER_MS);
      setTimeout(() => echo.unary(call, callback), ms);
    },
    collect: (call, callback) => {
      record(call);
      echo.collect(call, callback);
    },
    expand: (call) => {
      record(call);
      echo.expand(call);
    },
    chat: (call) => {
      record(call);
      echo.chat(call);
    },
  };
}
