import { type RoundPart, type SystemName, systemOf } from '../plan.js';
import type { Spread, Summary } from './summary.js';

/** The figures of a picture. The file that `--json` writes has them. */
export interface PictureSource {
  readonly machine: Readonly<Record<string, string>>;
  readonly summary: readonly Summary[];
}

interface Panel {
  readonly title: string;
  readonly part: RoundPart;
  readonly trial: string;
  readonly figure: (one: Summary) => Spread;
  readonly show: (value: number) => string;
}

const rate = (value: number) => Math.round(value).toLocaleString('en');
const panels: readonly Panel[] = [
  {
    title: 'Time of a call alone: p50 at 1 caller, ms (shorter is better)',
    part: 'load',
    trial: '1',
    figure: ({ p50 }) => p50,
    show: (value) => value.toFixed(2),
  },
  {
    title: 'Calls a second at 256 callers (longer is better)',
    part: 'load',
    trial: '256',
    figure: ({ callsPerSecond }) => callsPerSecond,
    show: rate,
  },
  {
    title: 'Calls a second at 256 callers, handlers that wait 1 to 20 ms',
    part: 'waits',
    trial: '256 callers',
    figure: ({ callsPerSecond }) => callsPerSecond,
    show: rate,
  },
  {
    title: 'Messages a second on 64 bidi streams',
    part: 'streams',
    trial: '64',
    figure: ({ callsPerSecond }) => callsPerSecond,
    show: rate,
  },
];

/** Pixels. */
const WIDTH = 800;
const MARGIN = 20;
const BARS_LEFT = 290;
const BARS_WIDTH = 380;
const ROW = 22;
const BAR = 12;
const TITLE = 34;

/** Dark on light, or light on dark if the reader's viewer prefers that. */
const style = `
  .ground { fill: #ffffff } text { fill: #1f2328; font: 13px system-ui, sans-serif } .title { font-weight: 600 }
  .quiet { fill: #59636e } .ours { fill: #0969da } .other { fill: #8c959f } .spread { stroke: #1f2328 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } text { fill: #e6edf3 } .quiet { fill: #9198a1 } .ours { fill: #4493f8 }
    .other { fill: #6e7681 } .spread { stroke: #e6edf3 }
  }`;

/** Systems that Wherry is compared with, and that no code of Wherry's runs in. */
const others: readonly SystemName[] = ['by-hand', 'batched', 'direct'];

/** Bars of the main figures, as an SVG. A thin line on a bar spans from the worst round to the best. */
export function pictureOf({ machine, summary }: PictureSource): string {
  const drawn: string[] = [];
  let y = MARGIN;
  for (const panel of panels) {
    const shown = summary.filter(({ part, trial }) => part === panel.part && trial === panel.trial);
    if (shown.length === 0) continue;
    drawn.push(...drawPanel(panel, shown, y));
    y += TITLE + shown.length * ROW;
  }
  const { date = '', machine: hardware = '', kafka = '' } = machine;
  drawn.push(text(MARGIN, y + 24, `${hardware}; ${kafka}; ${date}`, 'quiet'));
  const height = y + 24 + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    '<title>What calls cost, by system</title>',
    `<style>${style}\n</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}" rx="8"/>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ title, figure, show }: Panel, shown: readonly Summary[], top: number): string[] {
  const most = Math.max(...shown.map((one) => figure(one).max));
  const long = (value: number) => (value / most) * BARS_WIDTH;
  const bars = shown.flatMap((one, row) => {
    const { median, min, max } = figure(one);
    const y = top + TITLE + row * ROW;
    const middle = y + BAR / 2;
    const ours = !others.includes(one.system) && !systemOf(one.system).peer;
    return [
      text(BARS_LEFT - 10, y + BAR - 1, systemOf(one.system).title, '', 'end'),
      `<rect class="${ours ? 'ours' : 'other'}" x="${BARS_LEFT}" y="${y}" width="${long(median).toFixed(1)}" height="${BAR}"/>`,
      `<path class="spread" d="M${(BARS_LEFT + long(min)).toFixed(1)} ${middle}H${(BARS_LEFT + long(max)).toFixed(1)}"/>`,
      text(BARS_LEFT + long(max) + 8, y + BAR - 1, show(median)),
    ];
  });
  return [text(MARGIN, top + 20, title, 'title'), ...bars];
}

function text(x: number, y: number, words: string, look = '', anchor = 'start'): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<text x="${x.toFixed(1)}" y="${y}" class="${look}" text-anchor="${anchor}">${escaped}</text>`;
}
