import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { argument, countOption, durationOption } from '../options.js';
import { bySlowness, findById, findRecent } from '../trace/find-traces.js';
import { JaegerClient } from '../trace/jaeger-client.js';
import { type Analysis, analyse, drawSlowest, drawTrace, summaryJson, traceJson } from '../trace/picture.js';
import { render } from '../trace/text.js';

interface TraceFlags {
  readonly jaeger: string;
  readonly slowest: boolean | undefined;
  readonly service: string | undefined;
  readonly limit: number;
  readonly lookback: number;
  readonly json: boolean | undefined;
}

/** How many traces `--slowest` lists. */
const LISTED = 10;
/** Where nobody says how wide the screen is. */
const DEFAULT_COLUMNS = 100;
const LEAST_COLUMNS = 20;

const details = `
A row is a span. What is before its bar, in another shade, is the time that its record lay in the topic ("waited"). The table below
has, for each call over Kafka, where its time went: in the caller, in the topic, in the worker's handler, on the way back.

Examples:
  $ wherry trace last
  $ wherry trace 4bf92f3577b34da6a3ce929d0e0e4736 --jaeger http://jaeger.example:16686
  $ wherry trace --slowest --service shop --lookback 10m`;

/** `wherry trace`: the waterfall of a call, from Jaeger. */
export function addTrace(program: Command): void {
  program
    .command('trace')
    .summary('draw where the time of a call went, from Jaeger')
    .description("Draw the spans of a trace over time, from Jaeger's query API, with the waiting in topics set apart.")
    .argument('[trace]', 'its id, or "last" for the newest one')
    .option('--slowest', `list the ${LISTED} slowest traces, and draw the first of them`)
    .option('--jaeger <url>', "where Jaeger's query API is", argument(parseUrl), 'http://127.0.0.1:16686')
    .option('--service <name>', '"last" and --slowest: a service that takes part (default: any)')
    .addOption(countOption('--limit <n>', '"last" and --slowest: look at the newest so many of a service').default(200))
    .addOption(
      durationOption('--lookback <time>', '"last" and --slowest: how far back to look').default(3_600_000, '1h'),
    )
    .option('--json', 'as JSON, with every attribute')
    .addHelpText('after', details)
    .action(runTrace);
}

async function runTrace(which: string | undefined, flags: TraceFlags): Promise<void> {
  if ((which === undefined) === (flags.slowest === undefined)) {
    throw new UsageError('what to draw is one of: a trace id, "last", or --slowest');
  }
  const jaeger = new JaegerClient(flags.jaeger);
  const where = { service: flags.service, limit: flags.limit, lookbackMs: flags.lookback };
  if (which === undefined) {
    const traces = await findRecent(jaeger, where);
    const slowest = bySlowness(traces).slice(0, LISTED).map(analyse);
    printSlowest(`the slowest of ${traces.length} ${traces.length === 1 ? 'trace' : 'traces'}`, slowest, flags);
  } else {
    const trace = which === 'last' ? (await findRecent(jaeger, where))[0] : await findById(jaeger, which);
    if (trace !== undefined) printTrace(analyse(trace), flags);
  }
}

function printTrace(trace: Analysis, { json }: TraceFlags): void {
  if (json) printJson(traceJson(trace));
  else print((columns) => drawTrace(trace, columns));
}

function printSlowest(title: string, slowest: readonly Analysis[], { json }: TraceFlags): void {
  const [first] = slowest;
  if (first === undefined) return;
  if (json) printJson({ slowest: slowest.map(summaryJson), trace: traceJson(first) });
  else print((columns) => [...drawSlowest(title, slowest, columns), [], ...drawTrace(first, columns)]);
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** As wide as the terminal is, and in colours where there is one (https://no-color.org) or FORCE_COLOR asks for them. */
function print(draw: (columns: number) => Parameters<typeof render>[0]): void {
  const { stdout } = process;
  const { NO_COLOR, FORCE_COLOR, COLUMNS } = process.env;
  const colours = stdout.isTTY === true || (FORCE_COLOR !== undefined && FORCE_COLOR !== '0');
  const columns = Math.max(LEAST_COLUMNS, stdout.columns ?? (Number(COLUMNS) || DEFAULT_COLUMNS));
  stdout.write(render(draw(columns), columns, colours && !NO_COLOR));
}

function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new RangeError(`${JSON.stringify(text)} is not a URL such as http://127.0.0.1:16686`);
  }
  return text;
}
