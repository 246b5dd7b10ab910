import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { newNamespace, realKafka } from './support/brokers.js';
import { otlpReceiver } from './support/otlp-receiver.js';

const program = fileURLToPath(new URL('../../examples/route-guide/dist/demo.js', import.meta.url));

/** The demo, as a process of its own, and what it has said so far. */
class Demo {
  /** Settles when the process is gone and all it said has come: its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  readonly #child: ChildProcess;
  #output = '';
  #errors = '';
  readonly #waiting: { pattern: RegExp; found: () => void }[] = [];

  constructor(t: ExecutionContext, args: readonly string[], broker = realKafka) {
    const where = broker === undefined ? [] : ['--brokers', broker, '--namespace', newNamespace()];
    this.#child = spawn(process.execPath, [
      '--enable-source-maps',
      program,
      '--listen',
      '127.0.0.1:0',
      ...where,
      ...args,
    ]);
    this.ended = once(this.#child, 'close').then(([code, signal]) => code ?? signal);
    if (this.#child.stdout === null || this.#child.stderr === null) throw new Error('the demo has no output');
    createInterface(this.#child.stdout).on('line', (line) => this.#hear(line));
    createInterface(this.#child.stderr).on('line', (line) => {
      this.#errors += `${line}\n`;
    });
    t.teardown(async () => {
      if (!t.passed) t.log(this.#output, this.#errors);
      this.#child.kill('SIGKILL');
      await this.ended;
    });
  }

  get output(): string {
    return this.#output;
  }

  get errors(): string {
    return this.#errors;
  }

  /** Waits for a line. */
  said(pattern: RegExp): Promise<void> {
    return new Promise((found, ended) => {
      this.#waiting.push({ pattern, found });
      void this.ended.then((how) => ended(new Error(`the demo ended with ${how} and did not say ${pattern}`)));
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #hear(line: string): void {
    this.#output += `${line}\n`;
    for (const { pattern, found } of this.#waiting) if (pattern.test(line)) found();
  }
}

/** Of processes, by what the demo said of its workers, those that are there. */
function running(output: string): number[] {
  const pids = [...output.matchAll(/^ *worker \d +process (\d+)/gm)].map(([, pid]) => Number(pid));
  if (pids.length !== 2) throw new Error(`the demo told of ${pids.length} workers`);
  return pids.filter((pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  });
}

test('with --once it makes each kind of call both ways, and ends well', async (t) => {
  const demo = new Demo(t, ['--once']);
  t.is(await demo.ended, 0);
  t.is(demo.errors, '');
  const calls = demo.output.split(/^(?=GetFeature|ListFeatures|RecordRoute|RouteChat)/m).slice(1);
  t.deepEqual(
    calls.map((call) => call.match(/^.*/)?.[0]),
    [
      'GetFeature  unary',
      'ListFeatures  server streaming',
      'RecordRoute  client streaming',
      'RouteChat  bidirectional streaming',
    ],
  );
  for (const call of calls) {
    t.regex(call, /✓ over the channel, \d+\.\d ms: /);
    t.regex(call, /channel → requests\[\d+\] +1 frame +\d+ B {2}opening, message/);
    t.regex(call, /worker \d → channel inbox\[0\] .*status OK/);
    t.regex(call, /✓ through the gateway, \d+\.\d ms: /);
    t.regex(call, /gateway → requests\[\d+\] +1 frame +\d+ B {2}opening, message/);
    t.regex(call, /worker \d → gateway inbox\[0\] .*status OK/);
  }
  for (const name of ['worker 1', 'worker 2'])
    t.regex(demo.output, new RegExp(`${name} → \\w+ inbox`), `${name} is at work`);
  t.notRegex(demo.output, /✗/);
  t.deepEqual(running(demo.output), []);
});

test('with --otlp every process of it sends its part of each trace', async (t) => {
  const receiver = await otlpReceiver(t);
  const demo = new Demo(t, ['--once', '--otlp', receiver.url]);
  t.is(await demo.ended, 0);
  t.is(demo.errors, '');
  const roots = receiver.spans.filter(({ parent, name }) => parent === '' && /GetFeature|List|Record|Chat/.test(name));
  // The first call each way, then one of each kind each way.
  t.is(roots.length, 2 + 8);
  for (const root of roots) {
    t.is(root.service, 'route-guide-demo');
    const spans = receiver.spans.filter(({ traceId }) => traceId === root.traceId);
    const worker = spans.filter(({ service }) => service === 'route-guide-worker');
    t.true(worker.some(({ kind, name }) => kind === 2 && name === root.name));
    const ids = new Set(spans.map(({ spanId }) => spanId));
    t.deepEqual(
      spans.filter(({ parent }) => parent !== '' && !ids.has(parent)),
      [],
    );
  }
});

test('without --once it stays up and says what to try; SIGTERM ends it and its workers', async (t) => {
  const demo = new Demo(t, []);
  await demo.said(/Ctrl-C ends everything/);
  t.regex(demo.output, /grpcurl -plaintext .* 127\.0\.0\.1:\d+ routeguide\.RouteGuide\/GetFeature/);
  t.regex(demo.output, /npx wherry call routeguide\.RouteGuide\/GetFeature --brokers \S+:\d+/);
  t.is(running(demo.output).length, 2);
  demo.kill('SIGTERM');
  t.is(await demo.ended, 0);
  t.deepEqual(running(demo.output), []);
});

test('where no broker answers it says so and fails', async (t) => {
  // A port that was free a moment ago.
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise((closed) => server.close(closed));

  const demo = new Demo(t, ['--once'], address);
  t.is(await demo.ended, 1);
  t.regex(demo.errors, new RegExp(`^No Kafka broker answered at ${address} [^\\n]*\\n$`));
});

test('where its port is in use it says so, and what to do', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  const demo = new Demo(t, ['--once', '--listen', address]);
  t.is(await demo.ended, 1);
  t.regex(demo.errors, new RegExp(`^${address} is in use[^\\n]*--listen HOST:PORT[^\\n]*\\n$`));
});

test('an argument that it does not know is an error', async (t) => {
  const demo = new Demo(t, ['--twice']);
  t.is(await demo.ended, 2);
  t.regex(demo.errors, /--twice/);
});
