import { type InterceptingListener, Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import { requestTopic } from '@wherry/endpoint';
import type { Log } from '@wherry/kafka';
import type { MemoryBroker } from '@wherry/kafka/memory';
import {
  decodeRecord,
  encodeRecord,
  encodeRegistration,
  type Frame,
  type InboxAddress,
  type Notice,
  type WireStatus,
} from '@wherry/wire';
import type { ExecutionContext } from 'ava';
import type { WherryChannel } from './channel.js';

export const service = 'test.Echo';
export const method = `/${service}/Say`;
export const requests = requestTopic('wherry', service);
export const ok: WireStatus = { code: Status.OK, message: '', trailers: [] };

/** The topic that is the inbox of a played worker. */
export const inboxOf = (name: string): string => `wherry.inbox.${name}`;

/** A frame that a played worker got. */
export interface GotFrame {
  readonly frame: Frame;
  readonly sender: InboxAddress;
  readonly topic: string;
  readonly partition: number;
}

/** Values that come one by one, and a wait for the next. */
class Arrivals<T> {
  readonly #values: T[] = [];
  readonly #waiting: ((value: T) => void)[] = [];

  add(value: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#values.push(value);
    else waiting(value);
  }

  /** The next value that was not taken. */
  next(): Promise<T> {
    const value = this.#values.shift();
    return value === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(value);
  }

  /** All values that came and were not taken. */
  rest(): T[] {
    return this.#values.splice(0);
  }
}

/** A worker that the test plays: it reads requests and its inbox, and writes the frames that the test wants. */
export class PlayedWorker {
  readonly #log: Log;
  readonly #frames = new Arrivals<GotFrame>();

  private constructor(
    log: Log,
    readonly inbox: InboxAddress,
  ) {
    this.#log = log;
  }

  /** Makes the inbox, and the request topic if it is missing; closed with the test. */
  static async open(
    t: ExecutionContext,
    broker: MemoryBroker,
    { name = 'worker', partitions = 1 }: { name?: string; partitions?: number } = {},
  ): Promise<PlayedWorker> {
    const log = broker.open({ acknowledgements: false, onUndelivered: () => undefined, onTrouble: () => undefined });
    t.teardown(() => log.close());
    const inbox = inboxOf(name);
    const worker = new PlayedWorker(log, { topic: inbox, partition: 0 });
    await log.createTopic({ name: inbox, partitions: 1 });
    await worker.#read(inbox, 0);
    await worker.makeRequestTopic(partitions);
    return worker;
  }

  async makeRequestTopic(partitions = 1): Promise<void> {
    if (!(await this.#log.createTopic({ name: requests, partitions }))) return;
    await this.readPartitions(0, partitions);
  }

  /** Reads the partitions of the request topic from `from` up to `to`. */
  async readPartitions(from: number, to: number): Promise<void> {
    for (let partition = from; partition < to; partition++) await this.#read(requests, partition);
  }

  /**
   * Registers for the service, so that callers that follow the registry find it.
   *
   * @param partitions those that the worker says it reads; undefined if it does not say.
   */
  async register(partitions?: readonly number[]): Promise<void> {
    const now = Date.now();
    const services = [{ name: service, descriptors: undefined, partitions }];
    const { key, value } = encodeRegistration(this.inbox, {
      writtenAt: now,
      startedAt: now,
      leaseMs: 60_000,
      services,
    });
    await this.#log.createTopic({ name: 'wherry.registry', partitions: 1 });
    this.#log.produce('wherry.registry', 0, key, value);
    await this.#log.flush(1000);
  }

  /** The next frame from the request topic or the inbox. */
  next(): Promise<GotFrame> {
    return this.#frames.next();
  }

  /** The frames that came until now and were not taken. */
  rest(): Frame[] {
    return this.#frames.rest().map(({ frame }) => frame);
  }

  /** Writes frames to a caller, in one record. */
  send({ sender, frame: { callId } }: GotFrame, ...frames: Omit<Frame, 'callId'>[]): void {
    this.write(
      sender,
      frames.map((frame) => ({ ...frame, callId })),
    );
  }

  write({ topic, partition }: InboxAddress, frames: Frame[], notices: Notice[] = []): void {
    const { key, value } = encodeRecord({ sender: this.inbox, frames, notices });
    this.#log.produce(topic, partition, key, value);
  }

  async #read(topic: string, partition: number): Promise<void> {
    await this.#log.readPartition({
      topic,
      partition,
      offset: 'start',
      onRecord: ({ key, value }) => {
        const { sender, frames } = decodeRecord(key, value);
        for (const frame of frames) this.#frames.add({ frame, sender, topic, partition });
      },
      onError: () => undefined,
    });
  }
}

/** A call that the test makes in place of a stub, and the events that its listener gets: `headers`, messages, and the end. */
export class HeardCall implements InterceptingListener {
  readonly heard: string[] = [];
  readonly call: ReturnType<WherryChannel['createCall']>;
  headers: Metadata | undefined;
  status: StatusObject | undefined;
  readonly #ended: Promise<string>;
  #end!: (how: string) => void;
  #waiting: { text: string; resolve: () => void }[] = [];

  constructor(channel: WherryChannel, ...[path, deadline, host, parent, propagate]: Partial<CreateCall>) {
    this.call = channel.createCall(
      path ?? method,
      deadline ?? Number.POSITIVE_INFINITY,
      host,
      parent ?? null,
      propagate,
    );
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Starts the call, asks for a message, sends one, and ends the request. */
  unary(text = 'request', metadata = new Metadata()): this {
    this.start(metadata).send(text);
    this.call.halfClose();
    return this;
  }

  start(metadata = new Metadata()): this {
    this.call.start(metadata, this);
    this.call.startRead();
    return this;
  }

  send(message: string | Buffer, callback?: () => void): this {
    this.call.sendMessageWithContext(callback === undefined ? {} : { callback }, Buffer.from(message));
    return this;
  }

  /** How the call ended: the name of the code, and the details. */
  get ended(): Promise<string> {
    return this.#ended;
  }

  async until(text: string): Promise<void> {
    if (!this.heard.includes(text)) await new Promise<void>((resolve) => this.#waiting.push({ text, resolve }));
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.headers = metadata;
    this.#hear('headers');
  }

  onReceiveMessage(message: Buffer): void {
    this.#hear(message.toString());
  }

  onReceiveStatus(status: StatusObject): void {
    this.status = status;
    const how = `${Status[status.code]} ${status.details}`.trim();
    this.#hear(how);
    this.#end(how);
  }

  #hear(text: string): void {
    this.heard.push(text);
    for (const waiting of this.#waiting) if (waiting.text === text) waiting.resolve();
  }
}

type CreateCall = Parameters<WherryChannel['createCall']>;

/** Waits until all work that was started on a broker in memory has ended. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
}
