// Minutes or most of one: they begin first, so that none of them runs alone at the end.
const longest = [
  'tutorial',
  'interop',
  'packages',
  'cli',
  'memory',
  'faults',
  'retry',
  'cli-call',
  'cli-new',
  'tracing',
];
const rank = (file) => {
  const index = longest.findIndex((name) => file.endsWith(`test/dist/${name}.test.js`));
  return index < 0 ? longest.length : index;
};

export default {
  files: [
    'packages/*/dist/**/*.test.js',
    'examples/*/dist/**/*.test.js',
    'tools/dist/**/*.test.js',
    'tools/bench/dist/**/*.test.js',
    'test/dist/**/*.test.js',
  ],
  sortTestFiles: (a, b) => rank(a) - rank(b) || a.localeCompare(b),
  // node-rdkafka is a native module that cannot be loaded twice in one process.
  workerThreads: false,
  nodeArguments: ['--enable-source-maps'],
  // Tests that share a broker take turns, so that what one does to it is not another's trouble.
  serial: true,
  timeout: '120s',
  // Each test file is a process of its own with brokers and workers, and waits as much as it computes: four at a time keep the two cores of
  // a small machine busy.
  concurrency: 4,
};
