/** `npm run trace-picture`: draws docs/images/trace.svg from a real call of the demo, on a real Jaeger. */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startJaeger } from './jaeger/jaeger.js';
import { runMain } from './local/in-terminal.js';
import { svgOf } from './trace-picture/svg.js';

const HELP = `Draws docs/images/trace.svg. It starts a Jaeger, and runs the demo (\`npm start\`), which sends its traces there. The picture
shows the output of \`wherry trace\` for the newest unary call through the gateway. Needs Go, the first time.

  npm run trace-picture -- [--brokers HOST:PORT] [--columns N]

  --brokers  a Kafka, such as that of \`npm run kafka\`; an embedded broker by default
  --columns  the width of the drawn terminal, 120 by default
  --help     this text`;

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const picture = at('docs/images/trace.svg');
/** The spans of such a trace: two of the gateway (SERVER and CLIENT), one of the worker, and a send and a receive for request and reply. */
const SPANS = 7;

runMain(async () => {
  const { values } = parseArgs({
    options: {
      brokers: { type: 'string' },
      columns: { type: 'string', default: '120' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  await using jaeger = await startJaeger({ log: (line) => console.error(line) });
  const brokers = values.brokers === undefined ? [] : ['--brokers', values.brokers];
  await run([at('examples/route-guide/dist/demo.js'), '--once', '--otlp', jaeger.otlpHttpUrl, ...brokers]);
  const trace = await unaryTrace(jaeger.queryUrl);
  const asked = ['trace', trace, '--jaeger', jaeger.queryUrl];
  const drawn = await run([at('packages/cli/bin/wherry.js'), ...asked], {
    COLUMNS: values.columns,
    FORCE_COLOR: '1',
  });
  await mkdir(dirname(picture), { recursive: true });
  await writeFile(picture, svgOf(drawn, { columns: Number(values.columns), title: `$ wherry trace ${trace}` }));
  console.log(picture);
});

/** The newest complete trace of a unary call that came through the gateway. */
async function unaryTrace(queryUrl: string): Promise<string> {
  const asked = new URLSearchParams({ service: 'route-guide-demo', operation: 'routeguide.RouteGuide/GetFeature' });
  const response = await fetch(`${queryUrl}/api/traces?${asked}`);
  const { data } = (await response.json()) as {
    data: { traceID: string; spans: { startTime: number }[] }[];
  };
  const start = ({ spans }: { spans: { startTime: number }[] }) => Math.min(...spans.map(({ startTime }) => startTime));
  const whole = data.filter(({ spans }) => spans.length === SPANS).sort((a, b) => start(b) - start(a));
  if (whole[0] === undefined) throw new Error(`Jaeger has no trace of ${asked} with ${SPANS} spans`);
  return whole[0].traceID;
}

/** Runs one of our programs to its end, and returns its output. */
async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [printed, code] = await Promise.all([text(child.stdout), ended]);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${printed}`);
  return printed;
}
