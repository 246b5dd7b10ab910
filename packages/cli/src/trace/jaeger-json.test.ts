import { readFileSync } from 'node:fs';
import test from 'ava';
import { JaegerJsonError, servicesOf, tracesOf } from './jaeger-json.js';

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../fixtures/jaeger/${name}.json`, import.meta.url), 'utf8'));
}

test('a trace is read with kinds, parents, times, services and attributes', (t) => {
  const [trace] = tracesOf(fixture('unary'));
  t.is(trace?.id, '4bf92f3577b34da6a3ce929d0e0e4736');
  t.deepEqual(
    trace?.spans.map(({ kind, service, parentId }) => [kind, service, parentId]),
    [
      ['client', 'caller', undefined],
      ['producer', 'caller', 'a100000000000001'],
      ['consumer', 'worker', 'a100000000000001'],
      ['server', 'worker', 'a100000000000001'],
      ['producer', 'worker', 'a100000000000004'],
      ['consumer', 'caller', 'a100000000000001'],
    ],
  );
  const [call, , read] = trace?.spans ?? [];
  t.is((call?.endUs ?? 0) - (call?.startUs ?? 0), 83_200);
  t.is(call?.error, undefined);
  t.is(read?.attributes.get('wherry.queue.wait_ms'), 32);
  t.is(read?.attributes.get('messaging.destination.partition.id'), '3');
});

test('an error is the type and what the status says', (t) => {
  const [trace] = tracesOf(fixture('expired'));
  t.is(trace?.spans[0]?.error, 'DEADLINE_EXCEEDED: the deadline has passed');
});

test('a link to another span of the trace is no parent', (t) => {
  const [trace] = tracesOf(fixture('unary'));
  const server = trace?.spans.find(({ kind }) => kind === 'server');
  t.is(server?.parentId, 'a100000000000001');
  t.deepEqual(server?.links, [{ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: 'a100000000000003' }]);
});

test('a trace that is not there is no trace, and services are names', (t) => {
  t.deepEqual(tracesOf(fixture('unknown')), []);
  t.true(servicesOf(fixture('services')).includes('gateway'));
  t.deepEqual(servicesOf({ data: null }), []);
});

for (const [what, answer, message] of [
  ['a list', [], /the answer is a list/],
  ['nothing', null, /the answer is null/],
  ['data of another form', { data: {} }, /data is object, not a list/],
  ['a trace without spans', { data: [{ traceID: '1' }] }, /spans is undefined/],
  ['a span without a start', { data: [{ traceID: '1', spans: [{ spanID: '2' }] }] }, /startTime is undefined/],
] as const) {
  test(`${what} is not Jaeger's answer, and the error says why`, (t) => {
    t.throws(() => tracesOf(answer), { instanceOf: JaegerJsonError, message });
  });
}
