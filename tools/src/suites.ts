/**
 * Where each file of `test/src` runs. Unit tests (`packages`, `examples`, `tools`) are in no list: they need no broker, or one of their
 * own, and run once, in `npm test`. CONTRIBUTING.md says what each suite guards.
 */

export type Suite = 'embedded' | 'programs' | 'one broker' | 'three brokers';

interface TestGroup {
  readonly suites: readonly Suite[];
  /** Names of files in `test/src`, without `.test.ts`. */
  readonly files: readonly string[];
}

export const testGroups: readonly TestGroup[] = [
  {
    // Tests of behaviour that three brokers change: leaders on several brokers, replicas that must be in sync before a record is
    // acknowledged, and topics and groups that the brokers learn of one after another.
    suites: ['embedded', 'one broker', 'three brokers'],
    files: [
      'calls',
      'closing',
      'discovery',
      'ends',
      'faults',
      'groups',
      'large-messages',
      'log',
      'log-groups',
      'log-librdkafka',
      'ordering',
      'shared-inbox',
    ],
  },
  {
    // Tests of behaviour in which real Kafka, with any number of brokers, differs from the embedded broker: it compacts and deletes topics,
    // notices members of a group that were killed, has classic groups, compresses, limits the size of records, and is slower.
    suites: ['embedded', 'one broker'],
    files: [
      'cli',
      'cli-read-only',
      'cli-signals',
      'codegen-calls',
      'demo',
      'egress',
      'exactness',
      'foreign-records',
      'forged-senders',
      'gateway',
      'handlers',
      'logs',
      'method-options',
      'metrics',
      'order-workflow',
      'read-ahead',
      'records',
      'reflection-health',
      'retry',
      'tracing',
    ],
  },
  {
    // A gigabyte in a stream, and the memory that it takes: most of its time is the broker's. And a Kafka with other settings.
    suites: ['one broker'],
    files: ['cli-auto-create', 'memory'],
  },
  {
    // Tests of code that runs before a record is written or after it was read: commands and their output, new projects, generated code. And
    // the unit tests of programs in `test`, which need no broker.
    suites: ['embedded'],
    files: [
      'campaign/health',
      'campaign/ledger',
      'campaign/ledger-files',
      'campaign/random',
      'campaign/report',
      'campaign/timeline',
      'cli-call',
      'cli-commands',
      'cli-dev',
      'cli-environment',
      'cli-gen',
      'cli-lint',
      'cli-new',
      'codegen-messages',
      'interop/cases',
      'log-memory',
    ],
  },
  {
    // Programs from elsewhere, which are built or installed first: Jaeger, Prometheus, Go's and Python's gRPC, newer Nodes, and the packages
    // as npm installs them. And a Kafka that refuses what a client may not do.
    suites: ['programs'],
    files: ['exported-traces', 'jaeger', 'other-languages', 'packages', 'prometheus', 'rights', 'trace', 'tutorial'],
  },
  {
    // Workers that are killed, with their trace in Jaeger.
    suites: ['programs', 'one broker'],
    files: ['separate-processes'],
  },
  {
    // The embedded broker and real Kafka have a table each in docs/interop.md, and the conformance cases have time limits.
    suites: ['programs', 'one broker'],
    files: ['conformance', 'interop'],
  },
];

/** Returns the compiled test files (paths in the repository) that belong to a suite. A file of `test` in no list is in every suite. */
export function filesOf(suite: Suite, files: readonly string[]): string[] {
  return files.filter((file) => suitesOf(file).includes(suite));
}

const everySuite: readonly Suite[] = ['embedded', 'programs', 'one broker', 'three brokers'];

function suitesOf(file: string): readonly Suite[] {
  const [, name] = /^test\/dist\/(.+)\.test\.js$/.exec(file) ?? [];
  if (name === undefined) return ['embedded'];
  return testGroups.find(({ files }) => files.includes(name))?.suites ?? everySuite;
}

/** Files that take most of a minute or more, the longest first. */
const longest = [
  'tutorial',
  'interop',
  'packages',
  'cli',
  'memory',
  'faults',
  'cli-call',
  'cli-new',
  'cli-commands',
  'cli-lint',
  'exported-traces',
  'separate-processes',
  'rights',
  'retry',
  'cli-dev',
  'demo',
].map((name) => `test/dist/${name}.test.js`);
const AT_ONCE = 6;

/** Groups of files, each for one AVA. The longest files come first, each as its own group, so that no long file runs alone at the end. */
export function groupsOf(files: readonly string[]): string[][] {
  const alone = longest.filter((file) => files.includes(file)).map((file) => [file]);
  const others = files.filter((file) => !longest.includes(file));
  const count = Math.ceil(others.length / AT_ONCE);
  return [...alone, ...Array.from({ length: count }, (_, i) => others.slice(i * AT_ONCE, (i + 1) * AT_ONCE))];
}
