import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildJaeger, startJaeger } from '@wherry/tools/jaeger';
import test from 'ava';
import { useProgram } from './support/other-languages.js';
import { sendSpans, untilStored } from './support/otlp-spans.js';
import { freePort, portOf } from './support/ports.js';

const command = fileURLToPath(new URL('../../tools/dist/jaeger.js', import.meta.url));
const jaegerOr = useProgram(test, 'Jaeger', () => buildJaeger());

/** Runs `npm run jaeger`'s script. */
function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess & { exit: Promise<number | null> } {
  const child = spawn(process.execPath, [command, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return Object.assign(child, { exit: once(child, 'close').then(([code]) => code as number | null) });
}

/** What the child says on one of its outputs until that ends. */
async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += chunk;
  return text;
}

test('a span that goes in by OTLP comes out of the query API', async (t) => {
  if (jaegerOr(t) === undefined) return;
  await using jaeger = await startJaeger();
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const span = { service: 'caller', name: 'a call', spanId: 'b7ad6b7169203331', startMs: 0, endMs: 5 };
  await sendSpans(jaeger.otlpHttpUrl, traceId, Date.now(), [{ ...span, kind: 'client' }]);
  await untilStored(jaeger.queryUrl, traceId, 1);
  const response = await fetch(`${jaeger.queryUrl}/api/traces/${traceId}`);
  const { data } = (await response.json()) as { data: { spans: { operationName: string; duration: number }[] }[] };
  t.deepEqual(
    data[0]?.spans.map(({ operationName, duration }) => [operationName, duration]),
    [['a call', 5000]],
  );
  // And none of Jaeger's own.
  const services = (await (await fetch(`${jaeger.queryUrl}/api/services`)).json()) as { data: string[] };
  t.deepEqual(services.data, ['caller']);
});

test('closing stops it, and closing twice is harmless', async (t) => {
  if (jaegerOr(t) === undefined) return;
  const jaeger = await startJaeger();
  await Promise.all([jaeger.close(), jaeger.close()]);
  await t.throwsAsync(fetch(`${jaeger.queryUrl}/api/services`));
});

test('a port that is taken is named', async (t) => {
  if (jaegerOr(t) === undefined) return;
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.teardown(() => taken.close());
  const port = portOf(taken);
  await t.throwsAsync(startJaeger({ queryPort: port }), { message: new RegExp(`port ${port} is taken`) });
  await t.throwsAsync(startJaeger({ queryPort: 70_000 }), {
    instanceOf: RangeError,
    message: /queryPort is 70000; .* from 1 to 65535/,
  });
});

test('npm run jaeger prints its URLs, and Jaeger goes with it even when it is killed', async (t) => {
  if (jaegerOr(t) === undefined) return;
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  const child = run(['--otlp-grpc', `${ports[0]}`, '--otlp-http', `${ports[1]}`, '--query', `${ports[2]}`]);
  t.teardown(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  if (child.stdout === null) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line.startsWith('query=')) break;
  }
  t.deepEqual(lines, [
    `otlp.grpc=http://127.0.0.1:${ports[0]}`,
    `otlp.http=http://127.0.0.1:${ports[1]}`,
    `query=http://127.0.0.1:${ports[2]}`,
  ]);
  // A connection that is open tells when Jaeger is gone.
  const connection = createConnection(ports[1], '127.0.0.1');
  await once(connection, 'connect');
  // It may be reset, which is an error, and for `once` a failure.
  connection.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => connection.once('close', () => resolve()));
  child.kill('SIGKILL');
  await closed;
  t.pass();
});

test('without Go the error says what to install', async (t) => {
  const empty = mkdtempSync(join(tmpdir(), 'wherry-no-go-'));
  t.teardown(() => rmSync(empty, { recursive: true, force: true }));
  const child = run(['--build'], { PATH: empty, WHERRY_SERVERS_HOME: empty });
  const said = await textOf(child.stderr);
  t.is(await child.exit, 1);
  t.regex(said, /go is not installed\. Install Go .* or run `docker compose up`/);
  t.notRegex(said, /^\s+at /m);
});

test('a port that is none is refused', async (t) => {
  const child = run(['--query', 'x']);
  t.is(await textOf(child.stderr), '--query is x; it must be a port number such as 9092\n');
  t.is(await child.exit, 2);
});
