// Made by `wherry gen` from samples/v1/samples.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `samples/v1/samples.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'samples/v1/samples.proto',
  descriptor: 'ChhzYW1wbGVzL3YxL3NhbXBsZXMucHJvdG8SCnNhbXBsZXMudjEiIgoGU2FtcGxlEhgKB251bWJlcnMYASADKAFSB251bWJlcnMiSwoHU3VtbWFyeRIUCgVjb3VudBgBIAEoDVIFY291bnQSEgoEbWVhbhgCIAEoAVIEbWVhbhIWCgZtZWRpYW4YAyABKAFSBm1lZGlhbjJ4CgpTdGF0aXN0aWNzEjMKCERlc2NyaWJlEhIuc2FtcGxlcy52MS5TYW1wbGUaEy5zYW1wbGVzLnYxLlN1bW1hcnkSNQoGRm9sbG93EhIuc2FtcGxlcy52MS5TYW1wbGUaEy5zYW1wbGVzLnYxLlN1bW1hcnkoATABYgZwcm90bzM=',
  dependencies: [],
};

export interface Sample {
  numbers: number[];
}

/** The codec of `samples.v1.Sample`. */
export const Sample: rt.MessageType<Sample> = rt.messageType('samples.v1.Sample', createSample, writeSample, readSample);

function emptySample(): Sample {
  return {
    numbers: [],
  };
}

function createSample(init: rt.Init<Sample> = {}): Sample {
  const m = emptySample();
  if (init.numbers !== undefined) m.numbers = [...init.numbers];
  return m;
}

function writeSample(m: rt.Init<Sample>, w: rt.Writer): rt.Writer {
  if (m.numbers !== undefined && m.numbers.length > 0) {
    w.uint32(10).fork();
    for (const value of m.numbers) w.double(value);
    w.ldelim();
  }
  return w;
}

function readSample(r: rt.Reader, end: number, m = emptySample()): Sample {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 9:
        m.numbers.push(r.double());
        break;
      case 10: {
        const to = r.endOf(end);
        while (r.pos < to) m.numbers.push(r.double());
        r.ended(to);
        break;
      }
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface Summary {
  count: number;
  mean: number;
  median: number;
}

/** The codec of `samples.v1.Summary`. */
export const Summary: rt.MessageType<Summary> = rt.messageType('samples.v1.Summary', createSummary, writeSummary, readSummary);

function emptySummary(): Summary {
  return {
    count: 0,
    mean: 0,
    median: 0,
  };
}

function createSummary(init: rt.Init<Summary> = {}): Summary {
  const m = emptySummary();
  if (init.count !== undefined) m.count = init.count;
  if (init.mean !== undefined) m.mean = init.mean;
  if (init.median !== undefined) m.median = init.median;
  return m;
}

function writeSummary(m: rt.Init<Summary>, w: rt.Writer): rt.Writer {
  if (m.count) w.uint32(8).uint32(m.count);
  if (m.mean !== undefined && !Object.is(m.mean, 0)) w.uint32(17).double(m.mean);
  if (m.median !== undefined && !Object.is(m.median, 0)) w.uint32(25).double(m.median);
  return w;
}

function readSummary(r: rt.Reader, end: number, m = emptySummary()): Summary {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 8:
        m.count = r.uint32();
        break;
      case 17:
        m.mean = r.double();
        break;
      case 25:
        m.median = r.double();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** Statistics of numbers, which Python is good at. */
export const StatisticsService = {
  describe: rt.method({
    path: '/samples.v1.Statistics/Describe',
    name: 'Describe',
    request: Sample,
    response: Summary,
    requestStream: false,
    responseStream: false,
    file: protoFile,
  }),
  follow: rt.method({
    path: '/samples.v1.Statistics/Follow',
    name: 'Follow',
    request: Sample,
    response: Summary,
    requestStream: true,
    responseStream: true,
    file: protoFile,
  }),
};

/** Handlers of `samples.v1.Statistics` as grpc-js's `addService` takes them, and Wherry's. */
export type StatisticsServer = {
  /** Describes all the numbers at once. INVALID_ARGUMENT if there are none. */
  describe: rt.UnaryHandler<Sample, Summary>;
  /** Describes the numbers so far, after each message. */
  follow: rt.BidiHandler<Sample, Summary>;
};

/** Handlers of `samples.v1.Statistics` as async functions and generators: see {@link statisticsHandlers}. */
export interface StatisticsHandlers {
  /** Describes all the numbers at once. INVALID_ARGUMENT if there are none. */
  describe(request: Sample, context: rt.CallContext): rt.Response<Summary>;
  /** Describes the numbers so far, after each message. */
  follow(requests: AsyncIterable<Sample>, context: rt.CallContext): rt.Responses<Summary>;
}

/** Makes of async handlers those that `addService` takes beside {@link StatisticsService}. */
export function statisticsHandlers(handlers: StatisticsHandlers, options?: rt.HandlerOptions): StatisticsServer {
  return rt.asyncHandlers(StatisticsService, handlers, options);
}

/** A client of `samples.v1.Statistics` over any grpc-js channel, or a server's address. */
export class StatisticsClient extends rt.ServiceClient {
  /** Describes all the numbers at once. INVALID_ARGUMENT if there are none. */
  describe(request: rt.Init<Sample>, options?: rt.CallOptions): Promise<Summary> {
    return rt.callUnary(this.channel, StatisticsService.describe, request, options);
  }

  /** Describes the numbers so far, after each message. */
  follow(requests: rt.Requests<Sample>, options?: rt.CallOptions): rt.ResponseStream<Summary> {
    return rt.callBidi(this.channel, StatisticsService.follow, requests, options);
  }
}
