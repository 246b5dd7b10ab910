import { once } from 'node:events';
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { Cleanup } from './demo/cleanup.js';
import { type DemoOptions, HELP, readOptions } from './demo/options.js';
import { openSetup, type Setup } from './demo/setup.js';
import { showCalls, type Way } from './demo/show-calls.js';
import { ms, Terminal } from './demo/terminal.js';
import { whatToTry } from './demo/what-to-try.js';
import { RouteGuideClient } from './gen/route_guide.js';

/** If the group has not shared the partitions yet, the first calls wait for that: some seconds on Kafka. */
const FIRST_CALL_TIMEOUT_MS = 30_000;

async function main(): Promise<void> {
  // Failures are reported here, in words. grpc-js would add lines of its own.
  setLogVerbosity(logVerbosity.NONE);
  let options: DemoOptions | 'help';
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 2;
    return;
  }
  if (options === 'help') console.log(HELP);
  else process.exitCode = await demo(options);
}

/** Runs the demo from start to end, and returns the exit code of the process. */
async function demo(options: DemoOptions): Promise<number> {
  const stop = new AbortController();
  // Only once: a second signal ends this process at once, and the workers then leave by themselves.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const stopped = once(stop.signal, 'abort').then(() => (options.once ? 130 : 0));
  await using cleanup = new Cleanup();
  try {
    return await Promise.race([run(options, cleanup, stop.signal), stopped]);
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

async function run(options: DemoOptions, cleanup: Cleanup, stop: AbortSignal): Promise<number> {
  const terminal = new Terminal();
  const setup = await openSetup(options, terminal, cleanup);
  const ways = await openWays(setup, terminal, cleanup);
  const began = performance.now();
  const wrong = await showCalls(terminal, ways, stop);
  terminal.gap();
  if (wrong > 0) terminal.say(`${wrong} of the calls failed, or had a wrong answer.`);
  else terminal.say(`Every call had the right answer. Together they took ${ms(performance.now() - began)}.`);
  if (!options.once && !stop.aborted) await stayUp(terminal, setup, options.namespace, stop);
  return wrong === 0 ? 0 : 1;
}

/** Makes a client for each way. Each client makes a first call, so that the calls that are shown find open connections. */
async function openWays({ channel, gateway, records }: Setup, terminal: Terminal, cleanup: Cleanup): Promise<Way[]> {
  const over = new RouteGuideClient(channel);
  const through = new RouteGuideClient(gateway.address);
  cleanup.add(async () => through.close());
  const began = performance.now();
  const nowhere = { latitude: 0, longitude: 0 };
  for (const client of [over, through]) {
    await client.getFeature(nowhere, { timeoutMs: FIRST_CALL_TIMEOUT_MS });
  }
  terminal.fact('calls', `first ones answered after ${ms(performance.now() - began)}`);
  return [
    { name: 'over the channel', self: 'channel', client: over, records: records.channel },
    { name: 'through the gateway', self: 'gateway', client: through, records: records.gateway },
  ];
}

/** Shows commands to try, and then the records that cross, until it is stopped. */
async function stayUp(terminal: Terminal, setup: Setup, namespace: string, stop: AbortSignal): Promise<void> {
  const { brokers, gateway, workers, records } = setup;
  terminal.heading('Everything keeps running.', 'In another terminal, in this folder, try:');
  terminal.gap();
  for (const command of whatToTry({ brokers, address: gateway.address, namespace })) terminal.say(`  ${command}`);
  terminal.say(`  kill -9 ${workers[0]?.pid}  # worker 2 takes over, within 6 s on Kafka, 30 s on the embedded broker`);
  terminal.gap();
  terminal.say('The records of calls through the gateway appear below. Ctrl-C ends everything.');
  terminal.gap();
  records.gateway.goLive((crossing) => terminal.record(crossing, 'gateway', new Date().toISOString().slice(11, 23)));
  for (const { name, ended } of workers) {
    void ended.then((how) => {
      if (!stop.aborted) terminal.say(`    ${name} ended: ${how}`);
    });
  }
  await once(stop, 'abort');
}

await main();
