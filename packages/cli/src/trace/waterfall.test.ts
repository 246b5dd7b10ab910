import { readFileSync } from 'node:fs';
import test from 'ava';
import { lengthOf, render } from '../terminal/text.js';
import { tracesOf } from './jaeger-json.js';
import { analyse, drawSlowest, drawTrace } from './picture.js';
import type { Span } from './trace.js';

const samples = ['unary', 'nested', 'redelivered', 'expired'] as const;
const names = [...samples, 'otel-redelivered', 'otel-gateway', 'otel-stream'] as const;

function traceOf(name: (typeof names)[number]) {
  const file = new URL(`../../fixtures/jaeger/${name}.json`, import.meta.url);
  const [trace] = tracesOf(JSON.parse(readFileSync(file, 'utf8')));
  if (trace === undefined) throw new Error(`no trace in ${file}`);
  return trace;
}

function draw(name: (typeof names)[number], columns: number, colours = false): string {
  return render(drawTrace(analyse(traceOf(name)), columns), columns, colours);
}

test('a call as it is drawn', (t) => {
  t.is(
    draw('unary', 100),
    `trace 4bf92f3577b34da6a3ce929d0e0e4736  83.2 ms  6 spans of 2 services  2026-01-15T12:00:00.000Z

                                                                                    waited      took
caller routeguide.RouteGuide/GetFeature        █████████████████████████████████             83.2 ms
caller  send wherry.…sts.routeguide.RouteGuide ▆                                             1.10 ms
worker  receive wher…sts.routeguide.RouteGuide ░░░░░░░░░░░░░▆                      31.5 ms   0.40 ms
worker  routeguide.RouteGuide/GetFeature                    ███████████████                  36.6 ms
worker   send wherry.inbox                                                ▆                  0.60 ms
caller  receive wherry.inbox                                              ░░░░░▆   11.0 ms   1.90 ms

where the time went                  caller  in topic   handler  way back     total
routeguide.RouteGuide/GetFeature    1.80 ms   31.5 ms   37.0 ms   12.9 ms   83.2 ms
                                        2 %      38 %      44 %      16 %
`,
  );
});

test('errors are marked, and an attempt names the one before it', (t) => {
  t.true(draw('expired', 100).includes('✗ DEADLINE_EXCEEDED: the deadline has passed'));
  t.true(draw('expired', 100).includes('↺ attempt 2'));
  t.true(draw('nested', 100).includes('✗ FAILED_PRECONDITION: no stock'));
  const redelivered = draw('redelivered', 100);
  t.true(redelivered.includes('↺ an earlier attempt: span c100000000000003 at worker-1'));
});

for (const name of names) {
  test(`no line of ${name} is wider than the screen, whatever its width`, (t) => {
    for (let columns = 1; columns <= 250; columns++) {
      const lines = draw(name, columns).split('\n');
      t.true(
        lines.every((line) => lengthOf(line) <= columns),
        `${columns} columns`,
      );
    }
  });
}

test("what @wherry/otel's spans show", (t) => {
  const redelivered = draw('otel-redelivered', 100);
  t.regex(redelivered, /^worker-1 +wherry\.test.*\n +✗ UNAVAILABLE: the worker was closed$/m);
  t.regex(redelivered, /^worker-2 +receive .* ░+▆ .*\n +↺ an earlier attempt: span [0-9a-f]{16} at worker-1$/m);
  t.regex(draw('otel-gateway', 100), /^gateway +receive wherry\.inbox +░/m);
  // Each of the two records of the reply waited for its reader.
  t.is(draw('otel-stream', 100).match(/^caller +receive wherry\.inbox +░+▆/gm)?.length, 2);
});

test('colours add nothing but colours', (t) => {
  const coloured = draw('nested', 100, true);
  t.true(coloured.includes('\u001b[31m'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  t.is(coloured.replace(/\u001b\[\d+m/g, ''), draw('nested', 100));
});

const lone: Span = {
  id: '1',
  parentId: undefined,
  links: [],
  name: 'lone',
  kind: 'client',
  service: 'any',
  startUs: 1_000_000,
  endUs: 1_000_000,
  attributes: new Map(),
  error: undefined,
};

function drawSpans(...spans: readonly Span[]): string {
  return render(drawTrace(analyse({ id: 'any', spans }), 100), 100, false);
}

test('names cannot command the terminal', (t) => {
  const text = drawSpans({ ...lone, name: 'a\u001b[2Jb\nc', service: '\u0007d', error: '\u009b31me' });
  t.notRegex(text, /[^\n\P{Cc}]/u);
  t.is(text.split('\n').length, drawSpans({ ...lone, error: 'e' }).split('\n').length);
});

test('a span whose parent is elsewhere says so, and links to other traces are named', (t) => {
  const text = drawSpans({ ...lone, parentId: 'f00', links: [{ traceId: 'other', spanId: '2' }] });
  t.true(text.includes('(its parent, span f00, is not in the trace)'));
  t.true(text.includes('↗ linked to trace other'));
});

test('the calls of a record are counted, not named', (t) => {
  const links = Array.from({ length: 5 }, (_, i) => ({ traceId: `other${i}`, spanId: '2' }));
  const few = drawSpans({
    ...lone,
    kind: 'consumer',
    links,
    attributes: new Map([['messaging.batch.message_count', 6]]),
  });
  t.true(few.includes('6 calls in its record'));
  t.false(few.includes('linked'));
  t.regex(drawSpans({ ...lone, links }), /linked to trace other2\n +↗ and 2 more/);
});

test('a span that took no time has a bar all the same', (t) => {
  t.regex(drawSpans(lone), /lone +█ +0\.00 ms/);
});

test('the slowest are listed with how long they lay in topics', (t) => {
  const list = render(drawSlowest('the slowest', samples.map(traceOf).map(analyse), 100), 100, false);
  t.true(list.includes('   83.2 ms    42.5 ms  4bf92f3577b34da6a3ce929d0e0e4736  routeguide.RouteGuide/GetFeature\n'));
  t.regex(list, /deadbeef +routeguide\.RouteGuide\/GetFeature {2}✗ DEADL/);
});
