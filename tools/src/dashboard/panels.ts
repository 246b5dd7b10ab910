import { label, metric } from './metric-names.js';

/** One line, or a family of lines, of a panel. */
export interface Query {
  readonly expr: string;
  /** In the legend; `{{label}}` is a label's value. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** Says what the panel shows and when to worry. Grafana shows it as a tooltip of the title. */
  readonly description: string;
  /** As Grafana names it: `s`, `reqps`, `short`, `cps` (counts a second). */
  readonly unit: string;
  readonly queries: readonly Query[];
}

/** Restricts a query to the programs that are chosen at the top of the dashboard. */
const chosen = 'job=~"$job", instance=~"$instance"';

const rate = (name: string) => `rate(${name}{${chosen}}[$__rate_interval])`;
const sum = (by: readonly string[], expr: string) =>
  by.length === 0 ? `sum(${expr})` : `sum by (${by.join(', ')}) (${expr})`;

/** The median and the 99th percentile of a histogram. */
function percentiles(histogram: string, by: string): Query[] {
  return [50, 99].map((percent) => ({
    expr: `histogram_quantile(${percent / 100}, ${sum(['le', by], rate(`${histogram}_bucket`))})`,
    legend: `p${percent} {{${by}}}`,
  }));
}

function callsBy(histogram: string): Query[] {
  return [
    {
      expr: sum([label.method, label.status], rate(`${histogram}_count`)),
      legend: `{{${label.method}}} {{${label.status}}}`,
    },
  ];
}

const level = (name: string, legend: string, by: readonly string[] = []): Query => ({
  expr: sum(by, `${name}{${chosen}}`),
  legend,
});
const counter = (name: string, legend: string, by: readonly string[] = []): Query => ({
  expr: sum(by, rate(name)),
  legend,
});

/** For a counter that is not there before its first event. */
const orZero = ({ expr, legend }: Query): Query => ({ expr: `${expr} or vector(0)`, legend });

/** The dashboard from top to bottom: rows of two panels. */
export const rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[] = [
  {
    title: 'Calls',
    panels: [
      {
        title: 'Calls made, by method and status',
        description: 'Calls that ended, at channels and gateways.',
        unit: 'reqps',
        queries: callsBy(metric.clientDuration),
      },
      {
        title: 'Calls served, by method and status',
        description:
          'Calls whose handler ended. Calls that expire or are cancelled before they begin are made, but not served.',
        unit: 'reqps',
        queries: callsBy(metric.serverDuration),
      },
      {
        title: 'Time of a call, at the caller',
        description: 'From the start of the call to its status: the topic, the handler, and the way back.',
        unit: 's',
        queries: percentiles(metric.clientDuration, label.method),
      },
      {
        title: 'Time of a call, in the handler',
        description: "From the handler's beginning to its end.",
        unit: 's',
        queries: percentiles(metric.serverDuration, label.method),
      },
    ],
  },
  {
    title: 'Queues',
    panels: [
      {
        title: 'Wait in the request topic',
        description: 'From when a request was written until a worker read it. It grows when workers are too few.',
        unit: 's',
        queries: percentiles(metric.queueWait, label.topic),
      },
      {
        title: 'Consumer lag',
        description: 'Records that nobody has read yet: the queue of calls of each service, and replies in inboxes.',
        unit: 'short',
        queries: [
          level(metric.consumerLag, `{{${label.service}}}`, [label.service]),
          level(metric.inboxLag, 'inboxes'),
        ],
      },
      {
        title: 'Calls under way',
        description: 'Made: not over. In handlers: running. Waiting in workers: read, but the worker has no room yet.',
        unit: 'short',
        queries: [
          level(metric.clientCalls, 'made'),
          level(metric.serverCalls, 'in handlers'),
          level(metric.waitingCalls, 'waiting in workers'),
        ],
      },
      {
        title: 'Producer queue',
        description: "Records that wait for room in the client library's queue: Kafka does not keep up.",
        unit: 'short',
        queries: [level(metric.producerQueue, '{{job}} {{instance}}', ['job', 'instance'])],
      },
    ],
  },
  {
    title: 'Trouble',
    panels: [
      {
        title: 'Calls that never began, or may begin twice',
        description:
          'Read too late (add workers or partitions), given up by their callers, or read again after a worker was lost.',
        unit: 'cps',
        queries: [
          counter(metric.expiredCalls, 'expired'),
          counter(metric.cancelledCalls, 'cancelled'),
          orZero(counter(metric.redeliveredCalls, 'may be redelivered')),
        ],
      },
      {
        title: 'Malformed, foreign, late, undelivered',
        description:
          'Records of others or of newer versions in our topics; replies to calls that are over (some are normal); records that no ' +
          'broker took; peers that fell silent during a call; readers that an error ended.',
        unit: 'cps',
        queries: [
          counter(metric.unusableRecords, `{{${label.reason}}} records`, [label.reason]),
          counter(metric.lateFrames, 'late frames'),
          counter(metric.undeliveredRecords, 'undelivered records'),
          counter(metric.lostPeers, 'lost peers'),
          counter(metric.interruptedReaders, 'interrupted readers'),
        ],
      },
      {
        title: "Event loop's delay",
        description: 'How late the event loop runs its callbacks. All calls of that program wait as long.',
        unit: 's',
        queries: [
          { expr: `${metric.loopP99}{${chosen}}`, legend: 'p99 {{job}} {{instance}}' },
          { expr: `${metric.loopMax}{${chosen}}`, legend: 'max {{job}} {{instance}}' },
        ],
      },
    ],
  },
];

/** Every query of the dashboard. */
export function dashboardQueries(): Query[] {
  return rows.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries));
}
