import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import type { InstrumentedChannel } from '@wherry/client';
import type { EndpointCounters } from '@wherry/endpoint';
import type { InstrumentedWorker, WorkerCounters } from '@wherry/worker';
import { attribute, metric } from './semconv.js';

type Counters = EndpointCounters & Partial<WorkerCounters>;
type Instance = InstrumentedChannel | InstrumentedWorker;

/** How often the delay of the event loop is sampled, in milliseconds. */
const LOOP_RESOLUTION_MS = 20;

/**
 * Reports the metrics that are read from the open channels and workers at each collection. The values of several instances are added up.
 */
export class Instances {
  readonly #meter: () => Meter | undefined;
  readonly #channels = new Set<InstrumentedChannel>();
  readonly #workers = new Set<InstrumentedWorker>();
  /** The counts of closed instances, kept so that no counter ever falls. */
  readonly #past = new Map<keyof WorkerCounters, number>();
  #loop: IntervalHistogram | undefined;
  #observing = false;

  constructor(meter: () => Meter | undefined) {
    this.#meter = meter;
  }

  addChannel(channel: InstrumentedChannel): void {
    this.#channels.add(channel);
    this.#observe();
  }

  removeChannel(channel: InstrumentedChannel): void {
    if (this.#channels.delete(channel)) this.#closed(channel);
  }

  addWorker(worker: InstrumentedWorker): void {
    this.#workers.add(worker);
    this.#observe();
  }

  removeWorker(worker: InstrumentedWorker): void {
    if (this.#workers.delete(worker)) this.#closed(worker);
  }

  get #all(): Instance[] {
    return [...this.#channels, ...this.#workers];
  }

  #closed(instance: Instance): void {
    for (const [name, value] of Object.entries(instance.counters) as [keyof WorkerCounters, number][]) {
      this.#past.set(name, (this.#past.get(name) ?? 0) + value);
    }
    // The event loop is watched while any instance is open. The timer of that watch does not keep the process alive.
    if (this.#channels.size + this.#workers.size > 0) return;
    this.#loop?.disable();
    this.#loop = undefined;
  }

  #observe(): void {
    const meter = this.#meter();
    if (meter === undefined) return;
    this.#loop ??= watchedLoop();
    if (this.#observing) return;
    this.#observing = true;
    const instruments = createInstruments(meter);
    meter.addBatchObservableCallback((result) => this.#report(result, instruments), Object.values(instruments));
  }

  #report(result: BatchObservableResult, of: Record<InstrumentName, Observable>): void {
    const sum = <T>(instances: Iterable<T>, value: (instance: T) => number): number => {
      let total = 0;
      for (const instance of instances) total += value(instance);
      return total;
    };
    const counted = (name: keyof WorkerCounters): number =>
      (this.#past.get(name) ?? 0) + sum(this.#all, ({ counters }) => (counters as Counters)[name] ?? 0);
    result.observe(
      of.clientCalls,
      sum(this.#channels, ({ callsUnderWay }) => callsUnderWay),
    );
    result.observe(
      of.serverCalls,
      sum(this.#workers, ({ callsRunning }) => callsRunning),
    );
    result.observe(
      of.waitingCalls,
      sum(this.#workers, ({ callsWaiting }) => callsWaiting),
    );
    result.observe(of.expiredCalls, counted('expiredCalls'));
    result.observe(of.cancelledCalls, counted('cancelledCalls'));
    result.observe(of.lateFrames, counted('lateFrames'));
    for (const [reason, name] of unusable) {
      result.observe(of.unusableRecords, counted(name), { [attribute.errorType]: reason });
    }
    result.observe(of.undeliveredRecords, counted('undeliveredRecords'));
    result.observe(of.lostPeers, counted('lostPeers'));
    result.observe(of.interruptedReaders, counted('interruptedReaders'));
    result.observe(
      of.waitingRecords,
      sum(this.#all, ({ recordsWaiting }) => recordsWaiting),
    );
    result.observe(
      of.inboxLag,
      sum(this.#all, ({ inboxLag }) => inboxLag),
    );
    for (const [service, lag] of this.#lagByService()) {
      result.observe(of.consumerLag, lag, { [attribute.service]: service });
    }
    this.#reportLoop(result, of);
  }

  #lagByService(): Map<string, number> {
    const lags = new Map<string, number>();
    for (const { requestLag } of this.#workers) {
      for (const [service, lag] of requestLag) lags.set(service, (lags.get(service) ?? 0) + lag);
    }
    return lags;
  }

  /** Reports the event loop's delay since the last report. */
  #reportLoop(result: BatchObservableResult, of: Record<InstrumentName, Observable>): void {
    const loop = this.#loop;
    if (loop === undefined || loop.count === 0) return;
    result.observe(of.loopMean, loop.mean / 1e9);
    result.observe(of.loopMax, loop.max / 1e9);
    result.observe(of.loopP99, loop.percentile(99) / 1e9);
    loop.reset();
  }
}

const unusable = [
  ['foreign', 'foreignRecords'],
  ['unknown_version', 'unknownVersionRecords'],
  ['malformed', 'malformedRecords'],
  ['sender', 'refusedSenders'],
] as const;

type InstrumentName = keyof ReturnType<typeof createInstruments>;

function createInstruments(meter: Meter) {
  const level = (name: string, description: string): Observable =>
    meter.createObservableUpDownCounter(name, { description });
  const counter = (name: string, description: string): Observable =>
    meter.createObservableCounter(name, { description });
  const seconds = (name: string, description: string): Observable =>
    meter.createObservableGauge(name, { description, unit: 's' });
  return {
    clientCalls: level(metric.clientCalls, 'Calls that were made and have not ended'),
    serverCalls: level(metric.serverCalls, 'Calls whose handler is running'),
    waitingCalls: level(metric.waitingCalls, 'Calls that a worker has read and whose handler has not begun'),
    expiredCalls: counter(metric.expiredCalls, 'Calls whose deadline passed before their handler began'),
    cancelledCalls: counter(metric.cancelledCalls, 'Calls that were cancelled before their handler began'),
    lateFrames: counter(metric.lateFrames, 'Frames of calls that have ended, or that this instance never had'),
    unusableRecords: counter(
      metric.unusableRecords,
      'Records that are foreign, malformed, of an unknown version, or of a sender that may not send',
    ),
    undeliveredRecords: counter(metric.undeliveredRecords, 'Records that no broker accepted'),
    lostPeers: counter(metric.lostPeers, 'Peers that were not heard from within their lease during a call'),
    interruptedReaders: counter(metric.interruptedReaders, 'Times that an error ended the reading of a topic'),
    waitingRecords: level(metric.waitingRecords, "Records that wait for room in the client library's queue"),
    consumerLag: level(metric.consumerLag, 'Records of the request topics that have not been read yet'),
    inboxLag: level(metric.inboxLag, 'Records of the inboxes that have not been read yet'),
    loopMean: seconds(`${metric.eventLoopDelay}.mean`, "Mean delay of the event loop's turns"),
    loopMax: seconds(`${metric.eventLoopDelay}.max`, "Longest delay of the event loop's turns"),
    loopP99: seconds(`${metric.eventLoopDelay}.p99`, "99th percentile of the delay of the event loop's turns"),
  };
}

function watchedLoop(): IntervalHistogram {
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  return loop;
}
