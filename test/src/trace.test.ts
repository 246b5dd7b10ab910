import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { fileURLToPath } from 'node:url';
import { buildJaeger, startJaeger } from '@wherry/tools/jaeger';
import test, { type ExecutionContext } from 'ava';
import { useProgram } from './support/other-languages.js';
import { sendSpans, untilStored } from './support/otlp-spans.js';
import { freePort, portOf } from './support/ports.js';
import { type SampleName, sampleStart, sampleTraces } from './support/sample-traces.js';

// `wherry trace` against a real Jaeger, and against a stand-in that gives a real Jaeger's recorded answers.

const bin = fileURLToPath(new URL('../../packages/cli/bin/wherry.js', import.meta.url));
const jaegerOr = useProgram(test, 'Jaeger', () => buildJaeger());
const sampleNames = Object.keys(sampleTraces) as SampleName[];

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function trace(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, 'trace', ...args], (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

const fixture = (name: string) =>
  readFileSync(new URL(`../../packages/cli/fixtures/jaeger/${name}.json`, import.meta.url), 'utf8');

/** Serves on a port of its own for the length of a test. */
async function serve(t: ExecutionContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${portOf(server)}`;
}

/** A Jaeger with the samples, each a trace of its own services; keeps the searches it was asked. */
function standIn(searches: URLSearchParams[] = []): RequestListener {
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://jaeger');
    const answer = (text: string, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    const sample = sampleNames.find((name) => pathname === `/api/traces/${sampleTraces[name].traceId}`);
    if (pathname === '/api/services') answer(JSON.stringify({ data: ['caller', 'web', 'jaeger-all-in-one'] }));
    else if (sample !== undefined) answer(fixture(sample));
    else if (pathname.startsWith('/api/traces/')) answer(fixture('unknown'), 404);
    else {
      searches.push(searchParams);
      const found = searchParams.get('service') === 'web' ? ['nested'] : ['unary', 'redelivered', 'expired'];
      const known = ['caller', 'web'].includes(searchParams.get('service') ?? '');
      const data = known ? found.flatMap((name) => (JSON.parse(fixture(name)) as { data: unknown[] }).data) : [];
      answer(JSON.stringify({ data }));
    }
  };
}

test('the call that was asked for is drawn, plainly where there is no terminal', async (t) => {
  const url = await serve(t, standIn());
  const { code, out } = await trace(sampleTraces.unary.traceId.toUpperCase(), '--jaeger', url);
  t.is(code, 0);
  t.true(out.startsWith(`trace ${sampleTraces.unary.traceId}  83.2 ms`));
  t.regex(out, /GetFeature +1\.80 ms +31\.5 ms +37\.0 ms +12\.9 ms +83\.2 ms/);
  t.false(out.includes('\u001b'));
});

test('the slowest is found among all services but Jaeger itself, listed and drawn', async (t) => {
  const searches: URLSearchParams[] = [];
  const url = await serve(t, standIn(searches));
  const { code, out } = await trace('--slowest', '--jaeger', `${url}/`, '--limit', '7', '--lookback', '10m');
  t.is(code, 0);
  t.true(out.startsWith('the slowest of 4 traces\n'));
  const listed = [...out.matchAll(/^ .* ([0-9a-f]{32}) /gm)].map(([, id]) => id);
  t.deepEqual(
    listed,
    (['redelivered', 'unary', 'expired', 'nested'] as const).map((name) => sampleTraces[name].traceId),
  );
  t.true(out.includes(`\ntrace ${sampleTraces.redelivered.traceId}  6.10 s`));
  t.deepEqual(searches.map((search) => search.get('service')).sort(), ['caller', 'web']);
  for (const search of searches) {
    t.is(search.get('limit'), '7');
    t.true(Number(search.get('end')) - Number(search.get('start')) >= 600_000_000);
  }
});

test('--json has every span with its times, and where each call was', async (t) => {
  const url = await serve(t, standIn());
  const { out } = await trace('last', '--service', 'web', '--json', '--jaeger', url);
  const json = JSON.parse(out) as {
    traceId: string;
    error: string;
    spans: { name: string; waitMs?: number; depth: number }[];
    calls: object[];
  };
  t.is(json.traceId, sampleTraces.nested.traceId);
  t.is(json.error, 'FAILED_PRECONDITION: no stock');
  t.is(json.spans.length, sampleTraces.nested.spans.length);
  t.is(json.spans.find(({ name }) => name === 'process wherry.requests.shop.Stock')?.waitMs, 11);
  t.like(json.calls[1], { name: 'shop.Stock/Take', callerMs: 1.5, topicMs: 11, handlerMs: 6, wayBackMs: 3.5 });
  const slowest = JSON.parse((await trace('--slowest', '--json', '--jaeger', url)).out) as { slowest: object[] };
  t.is(slowest.slowest.length, 4);
});

test('a reader that goes away is no error', async (t) => {
  const url = await serve(t, standIn());
  const piped = `"${process.execPath}" "${bin}" trace last --jaeger ${url} | head -1`;
  const said = await new Promise<string>((resolve) => {
    execFile('sh', ['-c', piped], (_, out, err) => resolve(out + err));
  });
  t.regex(said, /^trace [0-9a-f]{32} .*\n$/);
});

test('where no Jaeger is, one line says so and what to do', async (t) => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { code, out, err } = await trace('last', '--jaeger', url);
  t.is(code, 1);
  t.is(out, '');
  t.regex(
    err,
    /^error: no Jaeger answers at http:\/\/127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*\): start one with .*--jaeger\n$/,
  );
});

test('what answers but is not Jaeger is said to be no Jaeger', async (t) => {
  const page = await serve(t, (_, response) => response.end('<html>'));
  t.like(await trace('last', '--jaeger', page), {
    code: 1,
    err: `error: the server at ${page} is not Jaeger's query API: it answered 200 without JSON\n`,
  });
  const other = await serve(t, (_, response) => response.end('[]'));
  t.regex(
    (await trace('last', '--jaeger', other)).err,
    /^error: the server at .* not Jaeger's .* is a list, not an object\n$/,
  );
  const broken = await serve(t, (_, response) =>
    response.writeHead(500).end('{"errors":[{"code":500,"msg":"the storage is down"}]}'),
  );
  t.like(await trace('last', '--jaeger', broken), {
    err: `error: Jaeger at ${broken} answered 500: the storage is down\n`,
  });
});

test('a trace or service that is not there is named', async (t) => {
  const url = await serve(t, standIn());
  t.regex((await trace('0123', '--jaeger', url)).err, /^error: Jaeger has no trace 0123: .*\n$/);
  t.like(await trace('last', '--service', 'nobody', '--jaeger', url), {
    code: 1,
    err: 'error: Jaeger knows no service nobody; it has caller, web\n',
  });
  const empty = await serve(t, (_, response) => response.end('{"data":null}'));
  t.regex((await trace('--slowest', '--jaeger', empty)).err, /^error: Jaeger has no traces: .*--otlp.*\n$/);
});

for (const [args, message] of [
  [[], /give one of: a trace id, "last", or --slowest/],
  [['last', '--slowest'], /give one of/],
  [['yesterday'], /"yesterday" is not a trace id \(32 hexadecimal digits\) or "last"/],
  [['0000'], /"0000" is not a trace id/],
  [['last', '--jaeger', 'localhost:16686'], /"localhost:16686" is not a URL such as http:/],
  [['last', '--limit', '0'], /"0" is not a whole number above 0/],
] as const) {
  test(`wherry trace ${args.join(' ')} is a wrong command line`, async (t) => {
    const { code, err } = await trace(...args);
    t.is(code, 2);
    t.regex(err, message);
    t.is(err.trimEnd().split('\n').length, 1);
  });
}

test("a real Jaeger's traces are found and drawn as its recorded answers are", async (t) => {
  if (jaegerOr(t) === undefined) return;
  await using jaeger = await startJaeger();
  const at = ['--jaeger', jaeger.queryUrl];
  t.regex((await trace('last', ...at)).err, /^error: Jaeger has no traces: /);
  for (const { traceId, spans } of Object.values(sampleTraces)) {
    await sendSpans(jaeger.otlpHttpUrl, traceId, sampleStart, spans);
    await untilStored(jaeger.queryUrl, traceId, spans.length);
  }
  const url = await serve(t, standIn());
  for (const name of sampleNames) {
    const id = sampleTraces[name].traceId;
    const drawn = await trace(id, ...at);
    t.deepEqual([drawn.code, drawn.err], [0, '']);
    t.is(drawn.out, (await trace(id, '--jaeger', url)).out);
  }
  t.regex((await trace('0123', ...at)).err, /^error: Jaeger has no trace 0123: /);

  // The samples are old: a new one is the last, and the old ones are within a long enough time.
  const now = { ...sampleTraces.unary, traceId: '11112222333344445555666677778888' };
  await sendSpans(jaeger.otlpHttpUrl, now.traceId, Date.now() - 1000, now.spans);
  await untilStored(jaeger.queryUrl, now.traceId, now.spans.length);
  t.true((await trace('last', ...at)).out.startsWith(`trace ${now.traceId} `));
  t.true((await trace('last', '--service', 'worker', ...at)).out.startsWith(`trace ${now.traceId} `));
  t.regex((await trace('last', '--service', 'web', ...at)).err, /no traces of web that are this recent.*--lookback/);
  const slowest = await trace('--slowest', '--lookback', '1000000h', ...at);
  t.true(slowest.out.startsWith('the slowest of 5 traces\n'));
  t.true(slowest.out.includes(`\ntrace ${sampleTraces.redelivered.traceId} `));
});
