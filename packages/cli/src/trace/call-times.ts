import { type Hop, topicOf } from './hops.js';
import type { Span, SpanTree } from './trace.js';

/** Where the time of a call went, in microseconds. The four parts add up to the whole. */
export interface CallTimes {
  /** The client span of the call, or of one attempt at it. */
  readonly call: Span;
  readonly totalUs: number;
  /** The time before the request is in the topic, and after the reply was read. */
  readonly callerUs: number;
  /** The time from the request's record to the worker that read it. */
  readonly topicUs: number;
  /** The time in the worker: from when it read the request to the handler's end. */
  readonly handlerUs: number;
  /** The time from when the reply is sent until the caller has read it. */
  readonly wayBackUs: number;
}

/** A part of a call's time, for a person. */
export interface CallPart {
  readonly name: string;
  readonly us: number;
  /** In percent of the whole, rounded; undefined for a call that took no time. */
  readonly share: number | undefined;
}

/** The four parts of a call, in the order of its way. */
export function partsOf({ callerUs, topicUs, handlerUs, wayBackUs, totalUs }: CallTimes): CallPart[] {
  const part = (name: string, us: number): CallPart => ({
    name,
    us,
    share: totalUs > 0 ? Math.round((us / totalUs) * 100) : undefined,
  });
  return [part('caller', callerUs), part('in topic', topicUs), part('handler', handlerUs), part('way back', wayBackUs)];
}

/** If several of these parts claim an instant, it counts for the first of them. */
const parts = ['handlerUs', 'topicUs', 'wayBackUs'] as const;
type Part = (typeof parts)[number];

interface Claim {
  readonly part: Part;
  readonly fromUs: number;
  readonly toUs: number;
}

/** Returns the times of each call that went over Kafka, in the order of their starts. */
export function callTimesOf(tree: SpanTree, hops: ReadonlyMap<Span, Hop>): CallTimes[] {
  return tree.trace.spans
    .filter((span) => span.kind === 'client')
    .map((call) => ({ call, claims: claimsOf(tree, hops, call) }))
    .filter(({ claims }) => claims !== undefined)
    .map(({ call, claims }) => addUp(call, claims ?? []));
}

/** Collects the claims of the spans of a call, or of one attempt; undefined for a call that sent no record. */
function claimsOf(tree: SpanTree, hops: ReadonlyMap<Span, Hop>, call: Span): Claim[] | undefined {
  const own = tree.within(call);
  const requests = own.filter((span) => span.kind === 'producer' && !isBehindWorker(tree, call, span));
  const [first] = requests;
  if (first === undefined) return undefined;
  const requestTopics = new Set(requests.map(topicOf));
  const isReply = ({ producer, consumer }: Hop) =>
    producer === undefined ? !requestTopics.has(topicOf(consumer)) : !requests.includes(producer);

  const claims: Claim[] = [];
  const claim = (part: Part, fromUs: number, toUs: number) => claims.push({ part, fromUs, toUs });
  let wasRead = false;
  for (const span of own) {
    const hop = hops.get(span);
    if (span.kind === 'server') {
      const reader = tree.parentOf(span);
      claim('handlerUs', reader?.kind === 'consumer' ? reader.startUs : span.startUs, span.endUs);
    } else if (span.kind === 'producer' && !requests.includes(span)) {
      claim('wayBackUs', span.startUs, span.endUs);
    } else if (hop !== undefined && isReply(hop)) {
      claim('wayBackUs', hop.producer?.startUs ?? hop.waitFromUs, span.endUs);
    } else if (hop !== undefined) {
      wasRead = true;
      claim('topicUs', hop.waitFromUs, span.startUs);
      claim('handlerUs', span.startUs, span.endUs);
    }
  }
  // If nobody read the request before the call failed, the request was in the topic to the end.
  if (!wasRead && call.error !== undefined) claim('topicUs', first.endUs, call.endUs);
  return claims;
}

/** Whether a span belongs to a program that read a record of the call. */
function isBehindWorker(tree: SpanTree, call: Span, span: Span): boolean {
  for (const ancestor of tree.ancestorsOf(span)) {
    if (ancestor === call) return false;
    if (ancestor.kind === 'server' || ancestor.kind === 'consumer') return true;
  }
  return false;
}

/** Gives each instant of the call to one part. The caller gets the instants that no part claims. */
function addUp(call: Span, claims: readonly Claim[]): CallTimes {
  const within = (us: number) => Math.min(Math.max(us, call.startUs), call.endUs);
  const changes = claims
    .map(({ part, fromUs, toUs }) => ({ part, from: within(fromUs), to: within(toUs) }))
    .filter(({ from, to }) => from < to)
    .flatMap(({ part, from, to }) => [
      { part, at: from, by: 1 },
      { part, at: to, by: -1 },
    ])
    .sort((a, b) => a.at - b.at);
  const open: Record<Part, number> = { handlerUs: 0, topicUs: 0, wayBackUs: 0 };
  const spent: Record<Part, number> = { handlerUs: 0, topicUs: 0, wayBackUs: 0 };
  let before = call.startUs;
  for (const { part, at, by } of changes) {
    const winner = parts.find((one) => open[one] > 0);
    if (winner !== undefined) spent[winner] += at - before;
    before = at;
    open[part] += by;
  }
  const totalUs = call.endUs - call.startUs;
  return { call, totalUs, ...spent, callerUs: totalUs - spent.handlerUs - spent.topicUs - spent.wayBackUs };
}
