/** A caller as a process of its own: it makes mixed calls until it is told to stop, and closes at SIGTERM. */
import { randomInt } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { credentials, status } from '@grpc/grpc-js';
import { createChannel } from '@wherry/client';
import { EchoClient } from '../../gen/echo.js';
import type { CallKind } from '../entries.js';
import { LedgerWriter } from '../ledger-files.js';
import { pause, wallClock } from '../time.js';
import { prepareCall } from './call-kinds.js';
import { followInbox } from './follow-inbox.js';
import { type CallerConfig, readConfig, stayWithMain, type ToMember, tell } from './messages.js';
import { Stubs } from './stubs.js';

/** Unary calls are the most frequent ones. */
const kinds: readonly CallKind[] = ['unary', 'unary', 'unary', 'unary', 'collect', 'expand', 'chat'];
/** How long a caller waits between two calls of the same place, so that the machine has a moderate load. */
const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 500;
/** A client whose gateway is replaced must find the new one soon. */
const reconnectSoon = { 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 1000 };

const { ledger: path, inFlight, target } = readConfig<CallerConfig>();
const ledger = new LedgerWriter(path);
const endWithMain = stayWithMain();
const stopping = new AbortController();
// Each place for a call listens while it waits.
setMaxListeners(inFlight + 1, stopping.signal);
const { stubs, close } = 'gateway' in target ? atGateway(target.gateway) : await overKafka(target);

process.on('message', (message: ToMember) => {
  if (message.what === 'stop') {
    stopping.abort();
  } else {
    stubs.replace(clientOf(message.gateway));
    tell({ what: 'moved' });
  }
});
process.once('SIGTERM', () => {
  stopping.abort();
  void close().then(endWithMain);
});
const callers = Array.from({ length: inFlight }, makeCalls);
tell({ what: 'ready' });
await Promise.all(callers);
tell({ what: 'idle' });

async function makeCalls(): Promise<void> {
  while (!stopping.signal.aborted) {
    await stubs.use((client) => makeCall(client, kinds[randomInt(kinds.length)] as CallKind));
    await pause(randomInt(MIN_PAUSE_MS, MAX_PAUSE_MS), stopping.signal);
  }
}

async function makeCall(client: EchoClient, kind: CallKind): Promise<void> {
  const { id, deadline, make } = prepareCall(kind);
  const begunAt = wallClock();
  ledger.write({ begun: id, kind, at: begunAt, deadline });
  await make(client, ({ code, details, wrong }) => {
    ledger.write({
      ended: id,
      code,
      at: wallClock(),
      ...(details !== '' && { details }),
      ...(wrong !== undefined && { wrong }),
    });
    tell({ what: 'called', begunAt, ok: code === status.OK && wrong === undefined });
  });
}

async function overKafka(options: { brokers: string; namespace: string }) {
  const channel = await createChannel(options);
  followInbox(() => channel.inbox.topic);
  const client = new EchoClient('wherry', credentials.createInsecure(), { channelOverride: channel });
  return {
    stubs: new Stubs(client),
    /** Ends with 1 if calls had to be given up. */
    close: async () => {
      process.exitCode = (await channel.drain()) === 0 ? 0 : 1;
    },
  };
}

function atGateway(address: string) {
  const stubs = new Stubs(clientOf(address));
  return { stubs, close: async () => stubs.close() };
}

function clientOf(address: string): EchoClient {
  return new EchoClient(address, credentials.createInsecure(), reconnectSoon);
}
