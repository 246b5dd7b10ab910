import type { KafkaConnectionOptions, Log, LogOptions, LogRecord, RecordHeaders } from '@wherry/kafka';
import { LogError, openLog } from '@wherry/kafka';
import { checkDuration, checkWholeNumber, kafkaErrors, maxRecordBytes } from '@wherry/kafka/internal';
import {
  decodeRecord,
  decodeRegistryRecord,
  type Frame,
  type InboxAddress,
  type RegistryRecord,
  readCallIds,
} from '@wherry/wire';
import { type EndpointCounters, newCounters } from './counters.js';
import { Deadlines } from './deadline.js';
import { defaultHeartbeatMs, type Inbox, type InboxOptions, openInbox } from './inbox.js';
import { isolate } from './isolate.js';
import { defaultLogger, type Logger } from './logger.js';
import { defaultPacking, type Lane, Outbox, type PackingLimits, type Parcel } from './outbox.js';
import { defaultLeaseMs, Peers, peerName, sameInbox } from './peers.js';
import { RecordReader } from './record-reader.js';
import { RegistryFollower } from './registry-follower.js';
import { sweepInboxes } from './sweep.js';
import { checkNamespace, registryTopic } from './topic-names.js';

/** What a caller and a worker have in common. */
export interface EndpointOptions extends KafkaConnectionOptions {
  /** How the names of all topics begin; callers and workers that are to meet have the same. Default `wherry`. */
  readonly namespace?: string | undefined;
  readonly inbox?: InboxOptions | undefined;
  /**
   * What this instance promises its peers in calls that go on: they hear from it again within so many milliseconds, and
   * count it as gone when they do not. Longer for a program whose event loop may be busy for long. Default 6,000.
   */
  readonly leaseMs?: number | undefined;
  /** What one record may carry. */
  readonly packing?: Partial<PackingLimits> | undefined;
  /** Default: `console`, for warnings and errors alone. */
  readonly logger?: Logger | undefined;
  /** Sees each record that this instance sends or reads. It must not throw, and takes its time from the calls. */
  readonly observer?: RecordObserver | undefined;
}

/** Sees the records of an instance as they leave and arrive. */
export interface RecordObserver {
  /** A record was handed to the client library. */
  sent?(topic: string, partition: number, frames: readonly Frame[], valueBytes: number): void;
  /** The broker has a record that was sent; where this is there, it is asked to say so of each. */
  acknowledged?(topic: string, partition: number, offset: number, frames: readonly Frame[]): void;
  /** A record was read, and what is in it. */
  received?(record: LogRecord, sender: InboxAddress, frames: readonly Frame[]): void;
  /** Headers for a record that is about to leave, for other tools to see: Wherry reads none. They cost as much as a call. */
  headers?(frames: readonly Frame[]): RecordHeaders | undefined;
}

export interface EndpointHandlers {
  /** A frame of a call came to the inbox. */
  onFrame(frame: Frame, sender: InboxAddress): void;
  /** A peer of accepted calls is gone: its calls are over. */
  onPeerGone(peer: InboxAddress): void;
  /** A frame of this call could not be delivered. */
  onUndelivered(callId: string, error: LogError): void;
  /** The inbox was deleted by somebody else and replaced: no call under way will hear more. */
  onInboxReplaced(): void;
  /** No broker can be reached; the client library keeps trying. */
  onUnreachable?(error: LogError): void;
  /** Records come through again. */
  onReachable?(): void;
}

/** What one kind of endpoint needs, and the other does not. */
export interface EndpointNeeds {
  readonly acknowledgements: boolean;
  /** Whether it follows the registry. */
  readonly registry: boolean;
  /** Sees the records too, beside {@link EndpointOptions.observer}. */
  readonly observer?: RecordObserver | undefined;
}

/**
 * An instance on the log: its connection, its inbox, what it sends and whom it shares calls with. A channel is one, and a
 * worker is one.
 */
export class Endpoint {
  readonly namespace: string;
  readonly counters: EndpointCounters = newCounters();
  /** Those of its calls. */
  readonly deadlines = new Deadlines();
  readonly logger: Logger;
  readonly observer: RecordObserver | undefined;
  /** A message of more bytes does not fit a record, and travels in parts. */
  readonly maxWholeMessage: number;
  /** What this instance promises its peers: see {@link EndpointOptions.leaseMs}. */
  readonly leaseMs: number;
  /** Who serves what; undefined where that is not followed. */
  readonly registry: RegistryFollower | undefined;
  readonly #options: EndpointOptions;
  readonly #handlers: EndpointHandlers;
  readonly #records: RecordReader;
  readonly #peers: Peers;
  readonly #outbox: Outbox;
  readonly #log: Log;
  #inbox!: Inbox;
  #heartbeat: NodeJS.Timeout | undefined;
  #unreachable = false;
  #unreadBeats = 0;
  #replacement: Promise<void> | undefined;
  readonly #warned = new Set<string>();
  #closing: Promise<void> | undefined;

  private constructor(
    options: EndpointOptions,
    handlers: EndpointHandlers,
    log: Log,
    callbacks: LogCallbacks,
    needs: EndpointNeeds,
  ) {
    this.#options = options;
    this.#handlers = handlers;
    this.#log = log;
    this.namespace = options.namespace ?? 'wherry';
    this.logger = options.logger ?? defaultLogger;
    this.observer = both(options.observer, needs.observer);
    this.maxWholeMessage = options.packing?.maxMessageBytes ?? Math.max(maxRecordBytes(options) - ENVELOPE_BYTES, 1);
    this.#records = new RecordReader(this.counters, this.logger);
    this.leaseMs = options.leaseMs ?? defaultLeaseMs;
    this.registry = needs.registry ? new RegistryFollower(this) : undefined;
    const endpoint = this;
    this.#peers = new Peers({
      leaseMs: this.leaseMs,
      get address() {
        return endpoint.address;
      },
      post: (to, frame) => this.post(to, frame),
      onGone: (peer) => {
        this.counters.lostPeers++;
        handlers.onPeerGone(peer);
      },
    });
    this.#outbox = new Outbox(log, () => this.address, { ...defaultPacking, ...options.packing }, this.observer);
    callbacks.onUndelivered = (record, error) => this.#undelivered(record, error);
    callbacks.onTrouble = (error) => this.#onTrouble(error);
  }

  /**
   * Connects, makes the inbox and reads it.
   *
   * @throws TypeError for a wrong option; {@link LogError} where Kafka cannot be reached or refuses the inbox.
   */
  static async open(options: EndpointOptions, handlers: EndpointHandlers, needs: EndpointNeeds): Promise<Endpoint> {
    checkOptions(options);
    const callbacks: LogCallbacks = { onUndelivered: () => undefined, onTrouble: () => undefined };
    const log = await openLog({
      ...options,
      acknowledgements:
        needs.acknowledgements || [options.observer, needs.observer].some((observer) => observer?.acknowledged),
      onUndelivered: (record, error) => callbacks.onUndelivered(record, error),
      onTrouble: (error) => callbacks.onTrouble(error),
    });
    const endpoint = new Endpoint(options, handlers, log, callbacks, needs);
    try {
      // Beside the inbox, so that starting takes no longer; calls that need it wait for it.
      endpoint.registry?.open();
      await endpoint.#openInbox();
      const beat = options.inbox?.heartbeatMs ?? defaultHeartbeatMs;
      endpoint.#heartbeat = setInterval(() => endpoint.#beat(), beat);
      return endpoint;
    } catch (error) {
      await endpoint.registry?.close();
      await log.close();
      throw error;
    }
  }

  /** Where this instance can be written to. */
  get address(): InboxAddress {
    return this.#inbox.address;
  }

  /** Records in the inbox that were not read yet. */
  get inboxLag(): number {
    return this.#inbox.lag;
  }

  /** Records that wait for room in the client library's queue. */
  get recordsWaiting(): number {
    return this.#outbox.recordsWaiting;
  }

  get log(): Log {
    return this.#log;
  }

  /** The lane to another instance's inbox. */
  laneTo({ topic, partition }: InboxAddress): Lane {
    return { name: peerName({ topic, partition }), topic, shared: false, nextPartition: () => partition };
  }

  send(lane: Lane, parcel: Parcel): void {
    this.#outbox.send(lane, parcel);
  }

  /** Sends now what would be sent at the end of the turn. */
  sendNow(): void {
    this.#outbox.flush();
  }

  /** Sends one frame to an inbox, for those who need not know what becomes of it. */
  post(to: InboxAddress, frame: Frame): void {
    this.#outbox.send(this.laneTo(to), { frame, sealed: false });
  }

  /** Sends what is gathered, and waits until the broker has it, at most `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    const until = Date.now() + timeoutMs;
    await this.#outbox.drain(timeoutMs);
    await this.#log.flush(Math.max(0, until - Date.now()));
  }

  /** A call with this peer begins, and needs it to be alive. */
  retain(peer: InboxAddress): void {
    this.#peers.retain(peer);
  }

  /** That call is over. */
  release(peer: InboxAddress): void {
    this.#peers.release(peer);
  }

  /** Reads a record of any topic; undefined where it cannot be read, which is counted. */
  read(record: LogRecord): { sender: InboxAddress; frames: readonly Frame[] } | undefined {
    const envelope = this.#records.read(record, decodeRecord);
    if (envelope === undefined) return undefined;
    this.#peers.heard(envelope.sender);
    const { observer } = this;
    if (observer?.received) isolate(() => observer.received?.(record, envelope.sender, envelope.frames));
    return envelope;
  }

  /** Reads a record of the registry topic; undefined where it cannot be read, which is counted. */
  readRegistry(record: LogRecord): RegistryRecord | undefined {
    return this.#records.read(record, decodeRegistryRecord);
  }

  /** Logs a trouble that may come again and again: the first of each kind. */
  warnOnce(doing: string, error: unknown): void {
    const code = error instanceof LogError ? error.code : 0;
    const kind = `${doing} ${code}`;
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    const text = `${error instanceof Error ? error.message : error} (${doing}; said once)`;
    if (error instanceof LogError) this.logger.warn({ code: error.code }, text);
    else this.logger.warn(text);
  }

  /** Deletes inboxes that nobody uses any more; see {@link sweepInboxes}. */
  sweep(olderThanMs?: number): Promise<string[]> {
    return sweepInboxes(this.#log, this.namespace, olderThanMs);
  }

  #onInboxRecord(record: LogRecord): void {
    this.#reached();
    const envelope = this.read(record);
    if (envelope === undefined) return;
    for (const frame of envelope.frames) {
      if (frame.callId === undefined) this.#onLease(frame, envelope.sender);
      else isolate(() => this.#handlers.onFrame(frame, envelope.sender));
    }
  }

  #onLease(frame: Frame, sender: InboxAddress): void {
    if (sameInbox(sender, this.address)) this.#unreadBeats = 0;
    this.#peers.heard(sender, frame);
  }

  async #openInbox(): Promise<void> {
    this.#inbox = await openInbox(this.#log, this.namespace, this.#options.inbox ?? {}, {
      onRecord: (record) => this.#onInboxRecord(record),
      onError: (error) => this.#onTrouble(error),
    });
    this.#unreadBeats = 0;
    this.#beat();
  }

  /**
   * A record to ourselves. The sweep sees by it that the inbox is in use, and we see that it can be read: where two in a row
   * have not come back, the inbox was deleted, or its reader died, or Kafka is out of reach.
   */
  #beat(): void {
    if (this.#unreadBeats >= 2) {
      void this.#replaceInbox();
      return;
    }
    this.#unreadBeats++;
    this.post(this.address, { sequence: 0, leaseMs: this.#options.inbox?.heartbeatMs ?? defaultHeartbeatMs });
  }

  /** Sends a record to ourselves: when it comes back, Kafka is in reach again. */
  #onTrouble(error: LogError): void {
    if (error.code === kafkaErrors.fatal) this.logger.error(`${error.message}; this instance has to be made anew`);
    else if (error.code !== kafkaErrors.allBrokersDown) return;
    if (this.#unreachable || this.#closing !== undefined) return;
    this.#unreachable = true;
    this.#handlers.onUnreachable?.(error);
    this.#beat();
  }

  #replaceInbox(): Promise<void> {
    if (this.#closing !== undefined) return Promise.resolve();
    this.#replacement ??= this.#makeAnotherInbox().finally(() => {
      this.#replacement = undefined;
    });
    return this.#replacement;
  }

  async #makeAnotherInbox(): Promise<void> {
    const old = this.#inbox;
    const { topic } = old.address;
    try {
      await this.#log.partitions(topic); // or Kafka is out of reach, and nothing is known of the inbox
      await this.#openInbox();
    } catch (error) {
      if (!this.#unreachable) this.logger.error(`inbox ${topic} cannot be read, and not be replaced yet: ${error}`);
      return;
    }
    this.logger.error(`inbox ${topic} was deleted or cannot be read: calls under way end, new ones use another`);
    this.#reached();
    this.#handlers.onInboxReplaced();
    await old.close().catch((error: unknown) => this.logger.warn(`closing inbox ${topic}: ${error}`));
  }

  #reached(): void {
    if (!this.#unreachable) return;
    this.#unreachable = false;
    this.registry?.renewLeases();
    this.#handlers.onReachable?.();
  }

  #undelivered({ topic, key }: Pick<LogRecord, 'topic' | 'key'>, error: LogError): void {
    this.counters.undeliveredRecords++;
    if (topic === registryTopic(this.namespace)) {
      this.warnOnce('telling of services', error);
      return;
    }
    if (topic === this.address.topic) {
      // Where the inbox is gone it is replaced; a beat that only took too long is repeated, until Kafka is back.
      this.#unreadBeats = error.topicUnknown ? Number.POSITIVE_INFINITY : 0;
      this.#beat();
    }
    for (const callId of readCallIds(key)) this.#handlers.onUndelivered(callId, error);
  }

  /** Sends what is left, deletes the inbox, and leaves no handle, timer or topic. Harmless when repeated. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#replacement;
    this.#peers.close();
    await this.#outbox.close(CLOSE_MS);
    await Promise.all([this.registry?.close(), this.#inbox.close()]);
    await this.#log.close();
  }
}

/** One observer that tells two. What one of them throws is its own affair. */
function both(first: RecordObserver | undefined, second: RecordObserver | undefined): RecordObserver | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return {
    sent: (...args) => {
      isolate(() => first.sent?.(...args));
      isolate(() => second.sent?.(...args));
    },
    received: (...args) => {
      isolate(() => first.received?.(...args));
      isolate(() => second.received?.(...args));
    },
    ...((first.acknowledged ?? second.acknowledged) && {
      acknowledged: (...args) => {
        isolate(() => first.acknowledged?.(...args));
        isolate(() => second.acknowledged?.(...args));
      },
    }),
    ...((first.headers ?? second.headers) && {
      headers: (frames) => first.headers?.(frames) ?? second.headers?.(frames),
    }),
  };
}

/** How long closing waits for room for what is still to be sent. */
const CLOSE_MS = 2000;
/** Left free in a record for its key, where its value is a large message. */
const ENVELOPE_BYTES = 65_536;

/** Set once the endpoint is there: the log that it needs wants them first. */
type LogCallbacks = { -readonly [K in 'onUndelivered' | 'onTrouble']: LogOptions[K] };

function checkOptions(options: EndpointOptions): void {
  const { namespace, leaseMs, inbox, packing } = options;
  if (namespace !== undefined) checkNamespace(namespace);
  if (leaseMs !== undefined) checkDuration('leaseMs', leaseMs);
  if (inbox?.heartbeatMs !== undefined) checkDuration('inbox.heartbeatMs', inbox.heartbeatMs);
  if (inbox?.retentionMs !== undefined) checkDuration('inbox.retentionMs', inbox.retentionMs);
  if (packing?.maxFrames !== undefined) checkWholeNumber('packing.maxFrames', packing.maxFrames);
  if (packing?.maxBytes !== undefined) checkWholeNumber('packing.maxBytes', packing.maxBytes);
  if (packing?.maxMessageBytes !== undefined) checkWholeNumber('packing.maxMessageBytes', packing.maxMessageBytes);
}
