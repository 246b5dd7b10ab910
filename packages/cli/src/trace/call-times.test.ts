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
  t.deepEqual(times('redelivered'), { 'caller routeguide.RouteGuide/GetFeature': [3, 5902, 146, 49, 6100] });
});

test('a call that failed before anybody read it lay in the topic to its end', (t) => {
  t.deepEqual(times('expired'), { 'caller routeguide.RouteGuide/GetFeature': [2, 48, 0, 0, 50] });
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
