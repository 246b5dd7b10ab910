import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { openTelemetry } from '@wherry/otel';
import { dashboardQueries, metric } from '@wherry/tools/dashboard';
import { buildPrometheus, type Prometheus, startPrometheus } from '@wherry/tools/prometheus';
import test, { type ExecutionContext } from 'ava';
import { useBroker } from './support/brokers.js';
import { echo, unary } from './support/echo.js';
import { exportedMetrics } from './support/exported-metrics.js';
import { Harness } from './support/harness.js';
import { useProgram } from './support/other-languages.js';
import { portOf } from './support/ports.js';

const brokers = useBroker(test);
const prometheusOr = useProgram(test, 'Prometheus', () => buildPrometheus());

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** What a query gives now, as Grafana would ask it with everything chosen. */
async function ask(prometheus: Prometheus, expr: string): Promise<Sample[]> {
  const query = expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(job|instance)/g, '.*');
  const response = await fetch(`${prometheus.url}/api/v1/query?${new URLSearchParams({ query })}`);
  const answer = (await response.json()) as { status: string; error?: string; data: { result: Sample[] } };
  if (answer.status !== 'success') throw new Error(`${expr}: ${answer.error}`);
  return answer.data.result;
}

/** Serves metrics to be scraped; `scraped` settles when the third scrape begins, so that two are stored. */
async function serveMetrics(
  t: ExecutionContext,
  answer: (request: IncomingMessage, response: ServerResponse, scrapes: number) => unknown,
): Promise<{ target: string; scraped: Promise<void> }> {
  let scrapes = 0;
  let done: () => void;
  const scraped = new Promise<void>((resolve) => {
    done = resolve;
  });
  const server = createServer((request, response) => {
    scrapes++;
    answer(request, response, scrapes);
    if (scrapes === 3) done();
  }).listen(0, '127.0.0.1');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { target: `127.0.0.1:${portOf(server)}`, scraped };
}

test("each of the dashboard's queries gives numbers, from what OpenTelemetry's exporter shows", async (t) => {
  if (prometheusOr(t) === undefined) return;
  const { target, scraped } = await serveMetrics(t, (_, response, scrapes) =>
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(exportedMetrics(scrapes * 10)),
  );
  await using prometheus = await startPrometheus({ targets: [target] });
  await scraped;
  for (const { expr } of dashboardQueries()) {
    const samples = await ask(prometheus, expr);
    t.true(samples.length > 0, `${expr} gives nothing`);
    for (const { value } of samples) t.true(Number(value[1]) > 0, `${expr} gives ${value[1]}`);
  }
  const [first, ...others] = dashboardQueries();
  t.is((await ask(prometheus, first?.expr ?? '')).length, 2, 'a line for each status');
  t.true(others.length > 10);
});

test("each of the dashboard's queries gives numbers, of calls that are made while Prometheus scrapes", async (t) => {
  if (prometheusOr(t) === undefined) return;
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const meterProvider = new MeterProvider({ readers: [exporter] });
  t.teardown(() => meterProvider.shutdown());
  const instrumentation = openTelemetry({ meterProvider });
  const h = new Harness(t, brokers());
  await h.worker(echo, { instrumentation });
  const { address } = await h.gateway({ instrumentation, waitForReady: true });
  const client = h.clientTo(address);
  const soon = { deadline: Date.now() + 100_000 };
  await unary(client, {}, soon);
  const { target, scraped } = await serveMetrics(t, async (request, response) => {
    // So that each scrape sees more than the one before. The test's end may cut off the last.
    await unary(client, {}, soon).catch(() => undefined);
    exporter.getMetricsRequestHandler(request, response);
  });
  await using prometheus = await startPrometheus({ targets: [target], scrapeIntervalMs: 2000 });
  await scraped;
  for (const { expr } of dashboardQueries()) {
    const samples = await ask(prometheus, expr);
    t.true(samples.length > 0, `${expr} gives nothing`);
    for (const { value } of samples) t.true(Number(value[1]) >= 0, `${expr} gives ${value[1]}`);
  }
  const grown = [metric.clientDuration, metric.serverDuration, metric.queueWait, metric.loopMax];
  for (const { expr } of dashboardQueries().filter(({ expr }) => grown.some((name) => expr.includes(name)))) {
    for (const { value } of await ask(prometheus, expr)) t.true(Number(value[1]) > 0, `${expr} gives ${value[1]}`);
  }
});

test('what is sent by OTLP has the same names', async (t) => {
  if (prometheusOr(t) === undefined) return;
  await using prometheus = await startPrometheus();
  const now = `${Date.now()}000000`;
  const histogram = {
    name: 'rpc.client.call.duration',
    unit: 's',
    histogram: {
      aggregationTemporality: 2,
      dataPoints: [
        {
          startTimeUnixNano: now,
          timeUnixNano: now,
          count: '3',
          sum: 0.1,
          explicitBounds: [0.005, 0.05],
          bucketCounts: ['1', '1', '1'],
          attributes: [{ key: 'rpc.method', value: { stringValue: 'a.B/C' } }],
        },
      ],
    },
  };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  const sent = await fetch(`${prometheus.otlpHttpUrl}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [histogram] }] }] }),
  });
  t.is(sent.status, 200);
  const [sample] = await ask(prometheus, 'rpc_client_call_duration_seconds_count');
  t.like(sample?.metric, { job: 'shop', rpc_method: 'a.B/C' });
  t.is(sample?.value[1], '3');
});

test('a port or an interval that is none is refused', async (t) => {
  await t.throwsAsync(startPrometheus({ scrapeIntervalMs: 0 }), { message: /scrapeIntervalMs is 0; .* above 0/ });
  if (prometheusOr(t) === undefined) return;
  await t.throwsAsync(startPrometheus({ port: 0 }), { message: /port is 0; it must be a whole number from 1/ });
});
