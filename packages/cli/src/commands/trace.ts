import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { argument, countOption, durationOption } from '../options/option-parsers.js';
import { sizeOf } from '../terminal/size.js';
import { render } from '../terminal/text.js';
import { bySlowness, findById, findRecent } from '../trace/find-traces.js';
import { JaegerClient } from '../trace/jaeger-client.js';
import { type Analysis, analyse, drawSlowest, drawTrace, summaryJson, traceJson } from '../trace/picture.js';

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
/** The width of the picture if stdout is no terminal. */
const DEFAULT_COLUMNS = 100;

const details = `
Each row is a span. The lighter part before its bar, and the column "waited", show how long its record was in the topic. A
table below the spans shows, for each call over Kafka, the time in the caller, in the topic, in the worker's handler, and on the
way back.

Examples:
  $ wherry trace last
  $ wherry trace 4bf92f3577b34da6a3ce929d0e0e4736 --jaeger http://jaeger.example:16686
  $ wherry trace --slowest --service shop --lookback 10m`;

/** Adds `wherry trace`, which draws the waterfall of a call, from Jaeger. */
export function addTrace(program: Command): void {
  program
    .command('trace')
    .summary('draw the spans of a call, with the time that each took, from Jaeger')
    .description("Draw the spans of a trace over time, from Jaeger's query API. Shows the time in topics separately.")
    .argument('[trace]', 'a trace id, or "last" for the newest trace')
    .option('--slowest', `list the ${LISTED} slowest traces, and draw the first of them`)
    .option('--jaeger <url>', "URL of Jaeger's query API", argument(parseUrl), 'http://127.0.0.1:16686')
    .option('--service <name>', 'with "last" or --slowest: only traces with a span of this service (default: any)')
    .addOption(
      countOption(
        '--limit <n>',
        'with "last" or --slowest: how many traces of a service to fetch, newest first',
      ).default(200),
    )
    .addOption(
      durationOption('--lookback <time>', 'with "last" or --slowest: how far back to look').default(3_600_000, '1h'),
    )
    .option('--json', 'print JSON, with every attribute')
    .addHelpText('after', details)
    .action(runTrace);
}

async function runTrace(which: string | undefined, flags: TraceFlags): Promise<void> {
  if ((which === undefined) === (flags.slowest === undefined)) {
    throw new UsageError('give one of: a trace id, "last", or --slowest');
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

/** Draws as wide as the terminal is. Colours are on for a terminal (https://no-color.org), and if FORCE_COLOR asks for them. */
function print(draw: (columns: number) => Parameters<typeof render>[0]): void {
  const { stdout } = process;
  const { NO_COLOR, FORCE_COLOR, COLUMNS } = process.env;
  const colours = stdout.isTTY === true || (FORCE_COLOR !== undefined && FORCE_COLOR !== '0');
  const { columns } = sizeOf(stdout, { columns: Number(COLUMNS) || DEFAULT_COLUMNS, rows: 0 });
  stdout.write(render(draw(columns), columns, colours && !NO_COLOR));
}

function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new RangeError(`${JSON.stringify(text)} is not a URL such as http://127.0.0.1:16686`);
  }
  return text;
}
