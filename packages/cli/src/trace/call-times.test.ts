import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { tracesOf } from './jaeger-json.js';
import { analyse } from './picture.js';
import type { Span, SpanKind } from './trace.js';

/** Caller, topic, handler, way back and the whole, in milliseconds, of each call of a recorded trace. */
function times(name: string): Record<string, readonly number[]> {
  const file = new URL(`../../fixtures/jaeger/${name}.json`, import.meta.url);
  const [trace] = tracesOf(JSON.parse(readFileSync(file, 'utf8')));
  if (trace === undefined) throw new Error(`no trace in ${file}`);
  return Object.fromEntries(
    analyse(trace).calls.map(({ call, callerUs, topicUs, handlerUs, wayBackUs, totalUs }) => [
      `${call.service} ${call.name}`,
      [callerUs, topicUs, handlerUs, wayBackUs, totalUs].map((us) => us / 1000),
    ]),
  );
}

test('a unary call: caller, topic, handler and way back add up to the whole', (t) => {
  // 0 to 1.5 and 82.9 to 83.2 at the caller; 1.5 to 33 in the topic; 33 to 70 at the worker, whose reply is read at 82.9.
  t.deepEqual(times('unary'), { 'caller routeguide.RouteGuide/GetFeature': [1.8, 31.5, 37, 12.9, 83.2] });
});

test('a call inside a handler has times of its own, and is the handler to the outer one', (t) => {
  t.deepEqual(times('nested'), {
    // Not the web's own call, which came to the gateway by HTTP/2.
    'gateway shop.Orders/Place': [1.5, 2, 30, 2.5, 36],
    'orders shop.Stock/Take': [1.5, 11, 6, 3.5, 22],
  });
});

test('between two attempts the request lies in the topic', (t) => {
  t.deepEqual(times('redelivered'), { 'caller routeguide.RouteGuide/GetFeature': [3, 5997, 51, 49, 6100] });
});

test('a call that was read too late lay in the topic to its end', (t) => {
  t.deepEqual(times('expired'), { 'caller routeguide.RouteGuide/GetFeature': [2, 48, 0, 0, 50] });
});

test('a call that failed and that nobody read lay in the topic to its end', (t) => {
  const place = { links: [], service: 'any', attributes: new Map() };
  const call: Span = {
    ...place,
    id: '1',
    parentId: undefined,
    name: 'a',
    kind: 'client',
    startUs: 0,
    endUs: 50,
    error: 'late',
  };
  const send: Span = {
    ...place,
    id: '2',
    parentId: '1',
    name: 'b',
    kind: 'producer',
    startUs: 1,
    endUs: 2,
    error: undefined,
  };
  const [times] = analyse({ id: 'any', spans: [call, send] }).calls;
  t.like(times, { callerUs: 2, topicUs: 48, handlerUs: 0, wayBackUs: 0 });
  // Where it ended well, somebody did, who is not traced.
  const [answered] = analyse({ id: 'any', spans: [{ ...call, error: undefined }, send] }).calls;
  t.like(answered, { callerUs: 50, topicUs: 0 });
});

test('a reply belongs to the record that was sent as long before as its reader measured', (t) => {
  const at = (
    id: string,
    kind: SpanKind,
    parentId: string | undefined,
    startUs: number,
    endUs: number,
    waitMs?: number,
  ) => {
    const topic = kind === 'client' || kind === 'server' ? [] : [['messaging.destination.name', 'inbox'] as const];
    const wait = waitMs === undefined ? [] : [['wherry.queue.wait_ms', waitMs] as const];
    const attributes = new Map<string, string | number>([...topic, ...wait]);
    return { id, kind, parentId, startUs, endUs, attributes, name: id, links: [], service: 'any', error: undefined };
  };
  const spans: Span[] = [
    at('call', 'client', undefined, 0, 100_000),
    at('handler', 'server', 'call', 10_000, 60_000),
    at('accepts', 'producer', 'handler', 20_000, 21_000),
    at('ends', 'producer', 'handler', 59_000, 60_000),
    at('accepted', 'consumer', 'call', 70_000, 71_000, 49),
    at('ended', 'consumer', 'call', 72_000, 73_000, 12),
  ];
  const { hops } = analyse({ id: 'any', spans });
  t.deepEqual(
    [...hops.values()].map(({ producer, consumer }) => [producer?.id, consumer.id]),
    [
      ['accepts', 'accepted'],
      ['ends', 'ended'],
    ],
  );
});

const kinds: readonly SpanKind[] = ['client', 'server', 'producer', 'consumer', 'internal'];
const anySpans = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      // Of itself, of one before and of one after it too: what comes from elsewhere need not make sense.
      parent: fc.nat(12),
      startUs: fc.nat(1000),
      lastedUs: fc.nat(1000),
      failed: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((drafts) =>
    drafts.map(
      ({ kind, parent, startUs, lastedUs, failed }, i): Span => ({
        id: String(i),
        parentId: String(parent),
        links: [],
        name: 'any',
        kind,
        service: 'any',
        startUs,
        endUs: startUs + lastedUs,
        attributes: new Map(),
        error: failed ? 'failed' : undefined,
      }),
    ),
  );

test('whatever the spans, every one is shown once, and the parts of a call are not negative and add up', (t) => {
  fc.assert(
    fc.property(anySpans, (spans) => {
      const { tree, calls } = analyse({ id: 'any', spans });
      t.deepEqual([...tree.walk()].map(({ span }) => span.id).sort(), spans.map(({ id }) => id).sort());
      for (const { call, callerUs, topicUs, handlerUs, wayBackUs, totalUs } of calls) {
        const parts = [callerUs, topicUs, handlerUs, wayBackUs];
        t.true(parts.every((us) => us >= 0));
        t.is(
          parts.reduce((sum, us) => sum + us),
          totalUs,
        );
        t.is(totalUs, call.endUs - call.startUs);
      }
    }),
  );
});
