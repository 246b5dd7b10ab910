import type { Log, LogOptions, LogRecord } from '@wherry/kafka';
import { type LogError, openLog } from '@wherry/kafka';
import { defaultConnectTimeoutMs, maxRecordBytes } from '@wherry/kafka/internal';
import {
  decodeRecord,
  type Frame,
  type InboxAddress,
  type Lease,
  type Notice,
  type ReceivedEnvelope,
  RecordError,
  readCallIds,
} from '@wherry/wire';
import type { CallsUnderWay, RoutedCall } from './calls-under-way.js';
import { type EndpointCounters, newCounters } from './counters.js';
import { Deadlines } from './deadline.js';
import { defaultDrainTimeoutMs, notDrained } from './drain.js';
import { checkEndpointOptions, type EndpointOptions } from './endpoint-options.js';
import { HeldEvents } from './held-events.js';
import { type Inbox, openInbox } from './inbox.js';
import { InboxGate } from './inbox-gate.js';
import { consoleLogger, type Logger } from './logger.js';
import { defaultPacking, type Lane, Outbox, type Parcel } from './outbox.js';
import { OwnInbox } from './own-inbox.js';
import { defaultLeaseMs, Peers, peerName, sameInbox } from './peers.js';
import { RecordDecoder } from './record-decoder.js';
import { observeTogether, type RecordObserver } from './record-observer.js';
import { RegistryFollower } from './registry-follower.js';
import { runGuarded, throwUncaught } from './run-guarded.js';
import { Senders } from './senders.js';
import { sweepInboxes } from './sweep.js';
import { readerGroup, registryTopic } from './topic-names.js';
import { Warnings } from './warnings.js';
import { within } from './within.js';

export interface EndpointListener {
  /** A frame of a call came to the inbox. */
  onFrame(frame: Frame, sender: InboxAddress): void;
  /** A peer of accepted calls is gone. The calls with this peer are over. */
  onPeerGone(peer: InboxAddress): void;
  /** A frame of this call could not be delivered. */
  onUndelivered(callId: string, error: LogError): void;
  /** The inbox was deleted or could not be read, and was replaced. Calls under way receive nothing more. */
  onInboxReplaced(): void;
  /** No broker can be reached. The client library keeps trying. */
  onUnreachable?(error: LogError): void;
  /** Records arrive again. */
  onReachable?(): void;
}

/** The settings that differ between a channel's endpoint and a worker's. */
export interface EndpointNeeds {
  /** Who writes the lines of the log, if the instance was given no logger. */
  readonly component: 'channel' | 'worker';
  /** Whether the broker acknowledges each record. */
  readonly acknowledgements: boolean;
  /** Whether the endpoint follows the registry. */
  readonly registry: boolean;
  /** Further observers of the records, in addition to {@link EndpointOptions.observer}. */
  readonly observers: readonly RecordObserver[];
}

/** Opens the log. It is {@link openLog}, or a function of a test. */
export type OpenLog = (options: LogOptions) => Promise<Log>;

type LogListener = Pick<LogOptions, 'onUndelivered' | 'onTrouble'>;

/** The parts of an endpoint that are opened before the endpoint is made. */
interface OpenParts {
  readonly log: Log;
  readonly logEvents: HeldEvents<LogListener>;
  readonly inbox: Inbox;
  readonly observer: RecordObserver | undefined;
  readonly logger: Logger;
  readonly warnings: Warnings;
  readonly counters: EndpointCounters;
  readonly decoder: RecordDecoder;
  readonly registry: RegistryFollower | undefined;
}

/**
 * Connects to Kafka, makes the inbox, and proves that the inbox can be read.
 *
 * @throws TypeError for a wrong option; {@link LogError} if Kafka cannot be reached, is lost while this runs, or refuses the inbox.
 */
export async function openEndpoint(
  options: EndpointOptions,
  needs: EndpointNeeds,
  open: OpenLog = openLog,
): Promise<Endpoint> {
  checkEndpointOptions(options);
  const { namespace = defaultNamespace, logger = consoleLogger(needs.component) } = options;
  const observer = observeTogether([options.observer, ...needs.observers]);
  const logEvents = new HeldEvents<LogListener>();
  const counters = newCounters();
  const log = await open({
    ...options,
    readerGroup: readerGroup(namespace),
    acknowledgements: needs.acknowledgements || observer?.acknowledged !== undefined,
    onUndelivered: (record, error) => logEvents.tell((listener) => listener.onUndelivered(record, error)),
    onTrouble: (error) => logEvents.tell((listener) => listener.onTrouble(error)),
    onInterrupted: (cause) => {
      counters.interruptedReaders++;
      logger.error(`${cause.message}; the reader begins again`);
    },
  });
  const warnings = new Warnings(logger);
  const decoder = new RecordDecoder(counters, logger);
  const registry = needs.registry
    ? new RegistryFollower({
        namespace,
        log,
        readRegistry: (record, admit) => decoder.decodeRegistry(record, admit),
        warnOnce: (doing, error) => warnings.once(doing, error),
      })
    : undefined;
  let endpoint: Endpoint;
  try {
    // The registry is read while the inbox opens. A call that needs the registry waits for it.
    registry?.open();
    const inbox = await openInbox(log, namespace, options.inbox ?? {});
    const parts = { log, logEvents, inbox, observer, logger, warnings, counters, decoder, registry };
    endpoint = new Endpoint(options, parts);
  } catch (error) {
    await registry?.close();
    await log.close();
    throw error;
  }
  try {
    await endpoint.start(options.connectTimeoutMs ?? defaultConnectTimeoutMs);
    return endpoint;
  } catch (error) {
    await endpoint.close();
    throw error;
  }
}

const defaultNamespace = 'wherry';
/** How long, in milliseconds, closing waits until the client library takes the remaining records. */
const CLOSE_MS = 2000;
/** The bytes that are left free for the key of a record whose value is a large message. */
const ENVELOPE_BYTES = 65_536;

/**
 * An instance on the log: its connection, its inbox, the records it sends, and the peers it shares calls with. A channel has one, and a
 * worker has one. Made by {@link openEndpoint}.
 */
export class Endpoint {
  readonly namespace: string;
  readonly counters: EndpointCounters;
  readonly log: Log;
  readonly logger: Logger;
  /** The deadlines of this instance's calls. */
  readonly deadlines = new Deadlines();
  /** The largest message that fits a record, in bytes. A larger message travels in parts. */
  readonly maxWholeMessage: number;
  /** See {@link EndpointOptions.leaseMs}. */
  readonly leaseMs: number;
  /** See {@link EndpointOptions.drainTimeoutMs}. */
  readonly drainTimeoutMs: number;
  /** Knows which services are served; undefined if this instance does not follow the registry. */
  readonly registry: RegistryFollower | undefined;
  readonly #observer: RecordObserver | undefined;
  readonly #decoder: RecordDecoder;
  readonly #senders: Senders;
  readonly #warnings: Warnings;
  readonly #events = new HeldEvents<EndpointListener>();
  readonly #inbox: OwnInbox;
  readonly #outbox: Outbox;
  readonly #gate: InboxGate;
  readonly #peers: Peers;
  #closing: Promise<void> | undefined;

  /** @internal Use {@link openEndpoint}. */
  constructor(options: EndpointOptions, parts: OpenParts) {
    this.namespace = options.namespace ?? defaultNamespace;
    this.leaseMs = options.leaseMs ?? defaultLeaseMs;
    this.drainTimeoutMs = options.drainTimeoutMs ?? defaultDrainTimeoutMs;
    this.maxWholeMessage = options.packing?.maxMessageBytes ?? Math.max(maxRecordBytes(options) - ENVELOPE_BYTES, 1);
    this.log = parts.log;
    this.logger = parts.logger;
    this.counters = parts.counters;
    this.registry = parts.registry;
    this.#observer = parts.observer;
    this.#decoder = parts.decoder;
    const { topic, sharedTopics = [] } = options.inbox ?? {};
    this.#senders = new Senders(this.namespace, topic === undefined ? sharedTopics : [...sharedTopics, topic]);
    this.#warnings = parts.warnings;
    const { log, logger, namespace } = this;
    this.#inbox = new OwnInbox(
      {
        log,
        logger,
        namespace,
        beat: (heartbeat) => this.tell(this.address, heartbeat),
        onRecord: (record) => this.#onInboxRecord(record),
        onReplaced: () => this.#events.tell((listener) => listener.onInboxReplaced()),
        onUnreachable: (error) => this.#events.tell((listener) => listener.onUnreachable?.(error)),
        onReachable: () => this.#onReachable(),
      },
      options.inbox ?? {},
      parts.inbox,
    );
    this.#gate = new InboxGate({
      exists: (inbox, partition) => log.exists(inbox, partition),
      inboxes: () => log.topics(''),
    });
    this.#outbox = new Outbox(
      log,
      this.#inbox,
      { ...defaultPacking, ...options.packing },
      this.#observer,
      this.#gate,
      (parcels, error) => this.#onRefused(parcels, error),
    );
    this.#peers = new Peers(this.#inbox, {
      leaseMs: this.leaseMs,
      tell: (to, lease) => this.tell(to, lease),
      onGone: (peer) => this.#onPeerGone(peer),
    });
    parts.logEvents.listen({
      onUndelivered: (record, error) => this.#onUndelivered(record, error),
      onTrouble: (error) => this.#inbox.onTrouble(error),
    });
  }

  /**
   * Begins to read the inbox, and proves that it can be read.
   *
   * @throws {@link LogError} if the inbox cannot be written or read within `timeoutMs`.
   */
  start(timeoutMs: number): Promise<void> {
    return this.#inbox.start(timeoutMs);
  }

  /** Passes on to `listener` every event since the endpoint was opened, and every event from now on. */
  listen(listener: EndpointListener): void {
    this.#events.listen(listener);
  }

  /** The address of this instance's inbox. */
  get address(): InboxAddress {
    return this.#inbox.address;
  }

  /** How many records in the inbox were not read yet. */
  get inboxLag(): number {
    return this.#inbox.lag;
  }

  /** How many records wait for room in the client library's queue. */
  get recordsWaiting(): number {
    return this.#outbox.recordsWaiting;
  }

  /** The {@link Lane} to another instance's inbox. */
  laneTo({ topic, partition }: InboxAddress): Lane {
    return { name: peerName({ topic, partition }), topic, shared: false, inbox: true, nextPartition: () => partition };
  }

  send(lane: Lane, parcel: Parcel): void {
    this.#outbox.send(lane, parcel);
  }

  /** Sends at once the frames that would be sent at the end of the turn. */
  sendNow(): void {
    this.#outbox.flush();
  }

  /** Sends one frame to an inbox. Nobody is told whether it arrives. */
  post(to: InboxAddress, frame: Frame): void {
    this.#outbox.send(this.laneTo(to), { frame, sealed: false });
  }

  /** Sends a notice to an inbox. */
  tell(to: InboxAddress, notice: Notice): void {
    this.#outbox.tell(this.laneTo(to), notice);
  }

  /** Sends everything that was gathered, and waits until the broker has it, at most `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    const until = Date.now() + timeoutMs;
    await this.#outbox.drain(timeoutMs);
    await this.log.flush(Math.max(0, until - Date.now()));
  }

  /** A call with this peer begins, and needs the peer to be alive. */
  retain(peer: InboxAddress): void {
    this.#peers.retain(peer);
  }

  /** A call with this peer is over. */
  release(peer: InboxAddress): void {
    this.#peers.release(peer);
  }

  /** Decodes a record of any topic. @returns undefined if it cannot be decoded; the endpoint counts it. */
  decode(record: LogRecord): ReceivedEnvelope | undefined {
    const envelope = this.#decoder.decode(record, this.#read);
    if (envelope === undefined) return undefined;
    const { sender, frames, notices } = envelope;
    this.#peers.heard(sender);
    const observer = this.#observer;
    if (observer?.received) runGuarded(() => observer.received?.(record, sender, frames, notices));
    return envelope;
  }

  readonly #read = (key: Buffer | null, value: Buffer | null): ReceivedEnvelope => {
    const envelope = decodeRecord(key, value);
    const { sender, frames } = envelope;
    this.#senders.check(sender);
    if (frames.length > 0 && sameInbox(sender, this.address)) {
      throw new RecordError('sender', 'its sender is the inbox of its reader, which sends itself no calls');
    }
    return envelope;
  };

  /** Logs the first problem of each kind. Use it for problems that may occur again and again. */
  warnOnce(doing: string, error: unknown): void {
    this.#warnings.once(doing, error);
  }

  /** Deletes inboxes that nobody uses any more; see {@link sweepInboxes}. */
  sweep(olderThanMs?: number): Promise<string[]> {
    return sweepInboxes(this.log, this.namespace, olderThanMs);
  }

  #onInboxRecord(record: LogRecord): void {
    const envelope = this.decode(record);
    if (envelope === undefined) return;
    const { sender, frames, notices } = envelope;
    for (const notice of notices) if (notice.kind === 'lease') this.#onLease(notice, sender);
    for (const frame of frames) this.#onFrame(frame, sender);
  }

  #onFrame(frame: Frame, sender: InboxAddress): void {
    const { listener } = this.#events;
    if (listener === undefined) {
      this.#events.tell((later) => later.onFrame(frame, sender));
      return;
    }
    try {
      listener.onFrame(frame, sender);
    } catch (error) {
      throwUncaught(error);
    }
  }

  #onLease(lease: Lease, sender: InboxAddress): void {
    if (sameInbox(sender, this.address)) this.#inbox.heardFromItself();
    this.#peers.heard(sender, lease);
  }

  #onPeerGone(peer: InboxAddress): void {
    this.counters.lostPeers++;
    this.#events.tell((listener) => listener.onPeerGone(peer));
  }

  #onReachable(): void {
    this.registry?.renewLeases();
    this.#events.tell((listener) => listener.onReachable?.());
  }

  #onUndelivered({ topic, partition, key }: Pick<LogRecord, 'topic' | 'partition' | 'key'>, error: LogError): void {
    this.counters.undeliveredRecords++;
    if (error.topicUnknown) this.#gate.forget(peerName({ topic, partition }));
    if (topic === registryTopic(this.namespace)) {
      this.warnOnce('registering services', error);
      return;
    }
    if (topic === this.address.topic) this.#inbox.undelivered(error);
    for (const callId of readCallIds(key)) this.#events.tell((listener) => listener.onUndelivered(callId, error));
  }

  /** The inbox for these parcels does not exist. */
  #onRefused(parcels: readonly Parcel[], error: LogError): void {
    this.counters.undeliveredRecords++;
    for (const { frame } of parcels) this.#events.tell((listener) => listener.onUndelivered(frame.callId, error));
  }

  /**
   * Waits until no call is under way, at most until `until` on the clock of `performance.now()`. Logs how many calls it gives up.
   *
   * @param left gives the number of calls under way.
   * @returns the number of calls that are given up.
   */
  async drained(calls: CallsUnderWay<RoutedCall>, left: () => number, until: number): Promise<number> {
    if (await within(calls.whenEmpty(), Math.max(0, until - performance.now()))) return 0;
    const count = left();
    this.logger.warn(notDrained(count, this.drainTimeoutMs));
    return count;
  }

  /** Sends the remaining records, deletes the inbox, and leaves no handle, timer or topic. Harmless when repeated. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#inbox.stop();
    this.#peers.close();
    await this.#outbox.close(CLOSE_MS);
    await Promise.all([this.registry?.close(), this.#inbox.close()]);
    await this.log.close();
  }
}
